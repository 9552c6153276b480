"""Pure geometry on the WGS 84 sphere: no I/O, no station in sight."""
