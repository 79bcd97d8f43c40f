"""Makes the files of attack/: what loaders of models were attacked with, each as small as it can be. Needs numpy, h5py and onnx.
tests/formats/test_attacks.c has the message that each must be refused with."""
import io, json, os, struct, zipfile, zlib

import h5py, numpy as np, onnx
from onnx import TensorProto as T, helper as H

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attack")
os.makedirs(here, exist_ok=True)


def path(name):
    return os.path.join(here, name)


def layer(class_name, **config):
    return {"module": "keras.layers", "class_name": class_name, "config": config, "registered_name": None}


def model(*layers):
    first = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 3]}, "registered_name": None}
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [first, *layers]}, "registered_name": "Sequential"}


def dense(**more):
    return layer("Dense", name="d", units=2, **more)


def save_json(name, root):
    with open(path(name), "w") as file:
        json.dump(root, file)


# ---- code, modules and paths in configurations ----
save_json("lambda.json", model(layer("Lambda", name="l", function=["4wEAAAA=", None, None])))
save_json("module.json", model({"module": "subprocess", "class_name": "Dense", "config": {"units": 2}, "registered_name": None}))
save_json("module_inside.json", model(dense(kernel_initializer={"module": "os", "class_name": "Zeros", "config": {}})))
save_json("callable.json", model(dense(activation={"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "function"})))
save_json("registered.json", model({"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}, "registered_name": "evil>Dense"}))
save_json("vocabulary.json", model(layer("StringLookup", name="s", vocabulary="/etc/passwd")))
save_json("address.json", model(layer("TextVectorization", name="s", vocabulary="http://localhost:1/")))
save_json("nul_class.json", model(layer("Dense\0Lambda", units=2)))
save_json("nul_name.json", model(dense() | {"config": {"name": "a\0b", "units": 2}}))

# ---- sizes ----
save_json("units_overflow.json", model(layer("Dense", units=2**62)))
save_json("shape_overflow.json", {"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"batch_shape": [None, 2**31, 2**31, 2**31]}}, {"class_name": "Flatten", "config": {}}]}})
save_json("reshape_overflow.json", model(layer("Reshape", target_shape=[2**33, 2**33])))


# ---- HDF5 ----
def weights(put, name):
    with h5py.File(path(name), "w") as file:
        group = file.create_group("layers/dense/vars")
        file["layers/dense/vars/1"] = np.zeros(2, "f4")
        put(group)


def virtual(group):
    layout = h5py.VirtualLayout((3, 2), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3, 2))
    group.create_virtual_dataset("0", layout)


def put_external_link(group):
    group["0"] = h5py.ExternalLink("/etc/passwd", "/x")


def put_soft_link(group):
    group["0"] = h5py.SoftLink("/layers/dense/vars/1")


weights(put_external_link, "external_link.weights.h5")
weights(put_soft_link, "soft_link.weights.h5")
weights(lambda g: g.create_dataset("0", (3, 2), "f4", external=[("/etc/passwd", 0, 24)]), "external_storage.weights.h5")
weights(virtual, "virtual.weights.h5")
weights(lambda g: g.create_dataset("0", (2**40, 2**20), "f4", chunks=(1, 1024)), "shape_bomb.weights.h5")
weights(lambda g: g.create_dataset("0", (3, 2), "f4", data=np.zeros((3, 2)), chunks=(3, 2), compression="gzip"), "filtered.weights.h5")
with h5py.File(path("link_group.weights.h5"), "w") as file:
    file["layers"] = h5py.ExternalLink("/etc/passwd", "/layers")
with h5py.File(path("cycle.weights.h5"), "w") as file:
    group = file.create_group("layers")
    group["dense"] = group

# ---- zips ----
empty = io.BytesIO()
with h5py.File(empty, "w") as file:
    file.create_group("layers/dense/vars")


def keras(name, *more, config=None, names=("config.json", "model.weights.h5")):
    with zipfile.ZipFile(path(name), "w") as file:
        file.writestr("metadata.json", '{"keras_version": "3.6.0"}')
        file.writestr(names[0], json.dumps(config or model(dense())))
        file.writestr(names[1], empty.getvalue())
        for member, text in more:
            file.writestr(member, text)


import warnings

warnings.simplefilter("ignore")
keras("traversal.keras", ("../../.bashrc", "touch PWNED"))
keras("absolute.keras", ("/etc/cron.d/x", "x"))
keras("backslash.keras", ("assets\\..\\..\\x", "x"))
keras("drive.keras", ("C:x", "x"))
keras("duplicate.keras", ("config.json", json.dumps(model(layer("Lambda")))))
keras("lambda.keras", config=model(layer("Lambda", function="x")))
with zipfile.ZipFile(path("weights_bomb.keras"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
    file.writestr("config.json", json.dumps(model(dense())))
    file.writestr("model.weights.h5", b"\0" * (63 << 20))
keras("huge_layer.keras", config=model(layer("Dense", units=2**30)))

with zipfile.ZipFile(path("config_bomb.keras"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
    file.writestr("model.weights.h5", empty.getvalue())
    file.writestr("config.json", b" " * (65 << 20))

# ---- ONNX ----
x, y = H.make_tensor_value_info("x", T.FLOAT, ["N", 3]), H.make_tensor_value_info("y", T.FLOAT, ["N", 2])


def external(name, *entries, dims=(2, 3)):
    w = onnx.TensorProto(name="w", data_type=T.FLOAT, dims=dims, data_location=T.EXTERNAL)
    for key, value in entries:
        w.external_data.add(key=key, value=value)
    graph = H.make_graph([H.make_node("Gemm", ["x", "w"], ["y"], transB=1)], "g", [x], [y], [w])
    with open(path(name), "wb") as file:
        file.write(H.make_model(graph, opset_imports=[H.make_opsetid("", 13)], ir_version=7).SerializeToString())


external("onnx_traversal.onnx", ("location", "../secret"))
external("onnx_absolute.onnx", ("location", "/etc/passwd"))
external("onnx_backslash.onnx", ("location", "..\\secret"))
external("onnx_folder.onnx", ("location", "."))
external("onnx_symlink.onnx", ("location", "symlink.data"))
external("onnx_hardlink.onnx", ("location", "hardlink.data"))
external("onnx_fifo.onnx", ("location", "fifo.data"))
external("onnx_missing.onnx", ("location", "missing.data"))
external("onnx_negative.onnx", ("location", "plain.data"), ("offset", "-4"))
external("onnx_overflow.onnx", ("location", "plain.data"), ("offset", "18446744073709551600"))
external("onnx_beyond.onnx", ("location", "plain.data"), ("offset", "8"))
external("onnx_length.onnx", ("location", "plain.data"), ("length", "99999999999"))
external("onnx_attribute.onnx", ("location", "plain.data"), ("basepath", "/etc"))
external("onnx_twice.onnx", ("location", "plain.data"), ("location", "/etc/passwd"))
external("onnx_shape_bomb.onnx", ("location", "plain.data"), dims=(2**31, 2**31))
external("onnx_large.onnx", ("location", "plain.data"), dims=(2**15, 2**14))
external("onnx_nul.onnx", ("location", "plain.data\0/../../../etc/passwd"))
external("onnx_nul_key.onnx", ("location\0x", "plain.data"))


def deep(name, op, depth):
    """A node whose body is a graph with such a node, and so on; as bytes, for protobuf's own writer nests 100 deep at most."""
    def field(number, data):
        head, n = bytes([8 * number + 2]), len(data)
        while n > 127:
            head, n = head + bytes([n & 127 | 128]), n >> 7
        return head + bytes([n]) + data

    body = H.make_graph([H.make_node("Identity", ["x"], ["y"])], "g", [x], [y]).SerializeToString()
    for _ in range(depth):
        attribute = field(1, b"then_branch" if op == "If" else b"body") + field(6, body) + b"\xa0\x01\x05"  # of type 5, a graph
        body = field(1, field(1, b"x") + field(2, b"y") + field(4, op.encode()) + field(5, attribute)) + field(2, b"g")
    body += field(11, x.SerializeToString()) + field(12, y.SerializeToString())
    opset = H.make_opsetid("", 13).SerializeToString()
    with open(path(name), "wb") as file:
        file.write(b"\x08\x07" + field(7, body) + field(8, opset))


deep("onnx_if.onnx", "If", 1000)
deep("onnx_loop.onnx", "Loop", 1000)
nul = H.make_graph([H.make_node("Relu\0Evil", ["x"], ["y"])], "g", [x], [H.make_tensor_value_info("y", T.FLOAT, ["N", 3])])
with open(path("onnx_nul_op.onnx"), "wb") as file:
    file.write(H.make_model(nul, opset_imports=[H.make_opsetid("", 13)], ir_version=7).SerializeToString())
both = [onnx.TensorProto(name=n, data_type=T.FLOAT, dims=d, data_location=T.EXTERNAL) for n, d in (("w", (2, 3)), ("b", (2,)))]
for tensor in both:
    tensor.external_data.add(key="location", value="plain.data")
graph = H.make_graph([H.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1)], "g", [x], [y], both)
with open(path("onnx_again.onnx"), "wb") as file:
    file.write(H.make_model(graph, opset_imports=[H.make_opsetid("", 13)], ir_version=7).SerializeToString())
np.arange(6, dtype="f4").tofile(path("plain.data"))

# ---- arrays ----
with zipfile.ZipFile(path("bomb.npz"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
    file.writestr("x.npy", b"\x93NUMPY" + b"\0" * (96 << 20))
with zipfile.ZipFile(path("longer.npz"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }\n"
    file.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + b"\0" * (96 << 20))
np.save(path("pickle.npy"), np.array([{"a": 1}], dtype=object), allow_pickle=True)
with open(path("shape_bomb.npy"), "wb") as file:
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 8), }\n"
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)
with open(path("cifar.pickle"), "wb") as file:
    file.write(b"\x80\x04\x95cposix\nsystem\n(S'touch PWNED'\ntR.")


def png(name, width, height, depth, kind, rows, *chunks):
    def block(what, data):
        return struct.pack(">I", len(data)) + what + data + struct.pack(">I", zlib.crc32(what + data))

    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    with open(path(name), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + block(b"IHDR", head))
        for what, data in chunks:
            file.write(block(what, data))
        file.write(block(b"IDAT", zlib.compress(rows, 9)) + block(b"IEND", b""))


png("bomb.png", 4000, 4000, 8, 2, b"\0" * (4000 * (3 * 4000 + 1)))
png("wide_bomb.png", 8000, 8000, 16, 6, b"")
png("claims.png", 16384, 4096, 8, 0, b"")
png("profile_bomb.png", 1, 1, 8, 0, b"\0\0", (b"iCCP", b"x\0\0" + zlib.compress(b"\0" * (32 << 20), 9)))
# A chunk that claims 1.85 GB of a file of under 100 bytes.
png("chunk_bomb.png", 4, 2, 2, 3, b"\0\x1b\0\xe4")
with open(path("chunk_bomb.png"), "r+b") as file:
    file.seek(33)
    file.write(struct.pack(">I", 0x6E757866) + b"fsPL")
