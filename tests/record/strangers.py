"""A stranger's computer: a Python that has `cryptography` and what that stands on, and nothing else."""

import subprocess
import sys
from pathlib import Path

import cryptography


def python_alone(folder: Path) -> Path:
    """Make it.

    Args:
        folder: Where.

    Returns:
        Its interpreter.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    installed = Path(cryptography.__file__).parents[1]
    for pattern in ("cryptography", "cffi", "_cffi_backend*", "pycparser"):
        for source in installed.glob(pattern):
            (packages / source.name).symlink_to(source)
    return folder / "bin" / "python"


def said(python: Path, folder: Path, *words: str) -> tuple[int, str]:
    """Let the stranger run the verifier that came with an export, in its folder.

    Args:
        python: The interpreter.
        folder: The unpacked export.
        *words: Arguments.

    Returns:
        Exit code, and what was printed.
    """
    done = subprocess.run(
        [python, "-I", "verify.py", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env={"PATH": ""},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr
