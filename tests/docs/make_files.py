"""make_files.py FOLDER: the files that the documents' commands speak of, small, made with the standard library alone: a data set
mnist of 240 + 80 images, images and tables, pictures in folders."""

import gzip
import os
import random
import struct
import sys
import zlib

folder = sys.argv[1]
random.seed(1)


def put(name, data):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def idx(shape, data):
    return gzip.compress(bytes([0, 0, 8, len(shape)]) + b"".join(struct.pack(">I", n) for n in shape) + data)


def npy(shape, values):
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % (tuple(shape),)
    text += " " * (117 - len(text)) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + struct.pack("<%df" % len(values), *values)


def png(size, gray):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(gray[y * size:(y + 1) * size]) for y in range(size))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def digit(label, size=28):  # a bar, at a place of its own for each label
    return [min(255, max(0, (200 if x // 3 == label else 10) + random.randrange(-10, 50))) for _ in range(size) for x in range(size)]


for part, count in (("train", 240), ("t10k", 80)):
    labels = [n % 10 for n in range(count)]
    put("data/mnist/%s-images-idx3-ubyte.gz" % part, idx([count, 28, 28], bytes(v for l in labels for v in digit(l))))
    put("data/mnist/%s-labels-idx1-ubyte.gz" % part, idx([count], bytes(labels)))
put("images.npy", npy([6, 28, 28], [v / 255 for n in range(6) for v in digit(n)]))
put("image.bin", struct.pack("<784f", *[v / 255 for v in digit(3)]))
put("x.npy", npy([40, 3], [random.random() for _ in range(120)]))
put("y.npy", npy([40, 1], [random.random() for _ in range(40)]))
for name, count in (("houses.csv", 60), ("new.csv", 5)):
    rows = ["area,rooms,town,price" if name == "houses.csv" else "area,rooms,town"]
    for n in range(count):
        area, rooms, town = 40 + random.random() * 100, random.randrange(1, 6), random.choice(["Lugo", "Vigo"])
        price = ",%d" % (1000 * area + 5000 * rooms) if name == "houses.csv" else ""
        rows.append("%s,%d,%s%s" % ("" if n == 7 else "%.1f" % area, rooms, town, price))
    put(name, "\n".join(rows) + "\n")
for n in range(12):
    put("pets/%s/%d.png" % (("cat", "dog")[n % 2], n), png(32, digit(n % 2, 32)))
for n in range(3):
    put("holiday/%d.png" % n, png(32, digit(n % 2, 32)))
put("net.txt", "dense 16 relu\ndense 10 softmax\n")
