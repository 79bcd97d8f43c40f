"""Labs in notebooks: the magics of `%load_ext cornu`, `cornu.lab`, and the kernel `cornu-kernel`."""
