"""The child process that decodes one WSQ print: `python -I -m capture.records.wsq_child`, print in, pixels out.

On standard output: width and height as 32-bit big-endian integers, then the pixels. Anything else than that, and any
other end than exit code 0, means that the print could not be decoded. The decoder has no bounds checks worth the
name, so before the first foreign byte is read the process gives up opening files, starting processes, writing to
disk, dumping core, and more memory and time than one print needs.
"""

import resource
import struct
import sys

# wsq_header.WSQ_BYTES_MAX again: importing it here would load far more than this process needs
_PRINT_BYTES_MAX = 1_000_000
_MEMORY_BYTES_MAX = 256 * 1024 * 1024
# a print takes a tenth of a second at most; the signal at the first limit tells a print that never ends from a kill
_CPU_S_MAX, _CPU_S_END = 3, 4
_OPEN_FILES_MAX = 3

_LIMITS = {
    resource.RLIMIT_AS: (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX),
    resource.RLIMIT_CPU: (_CPU_S_MAX, _CPU_S_END),
    resource.RLIMIT_NOFILE: (_OPEN_FILES_MAX, _OPEN_FILES_MAX),
    resource.RLIMIT_NPROC: (0, 0),
    resource.RLIMIT_FSIZE: (0, 0),
    resource.RLIMIT_CORE: (0, 0),
}


def confine() -> None:
    """Give up all that decoding does not need; there is no way back for this process."""
    for kind, limits in _LIMITS.items():
        _, highest = resource.getrlimit(kind)
        allowed = [limit if highest == resource.RLIM_INFINITY else min(limit, highest) for limit in limits]
        resource.setrlimit(kind, (allowed[0], allowed[1]))


def main() -> None:
    """Decode standard input to standard output, confined."""
    import _wsq  # before the confinement, which ends the opening of files

    confine()
    wsq = sys.stdin.buffer.read(_PRINT_BYTES_MAX)
    pixels, width_px, height_px, _ = _wsq.decompress(wsq)
    sys.stdout.buffer.write(struct.pack(">II", width_px, height_px) + pixels)


if __name__ == "__main__":
    main()
