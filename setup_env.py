"""Make .venv and install into it what the course needs; do nothing if that is done.

    python3 setup_env.py [--python PYTHON] [EXTRA]

The Makefile calls it; where there is no make, you do. It runs on any Python, even on
2.7, so that one too old for the course can say so. The course needs 3.11: the first of
NAMES that is new enough makes .venv, unless --python names another. EXTRA is one of
pyproject.toml's: test or dev.

What .venv was made from stands in a file in it that is written last. If that file is
missing, the set-up was interrupted, and starts afresh; if pyproject.toml or
constraints.txt have changed since, the packages are brought up to date.
"""

from __future__ import print_function

import argparse
import hashlib
import io
import json
import os
import re
import subprocess
import sys

OLDEST, NEWEST = [3, 11], [3, 14]  # NEWEST: what the pinned versions were chosen for
NAMES = ["python3.13", "python3.12", "python3.11", "python3.14", "python3", "python"]
BIN, LIB = ("bin", "python"), ("lib", "python{}.{}", "site-packages")
ANOTHER = "make lab PYTHON=/path/to/python"
if os.name == "nt":  # there `py` chooses a Python, which runs this
    NAMES, BIN, LIB = [sys.executable], ("Scripts", "python.exe"), ("Lib", LIB[-1])
    ANOTHER = "py -{}.{} setup_env.py".format(*NEWEST)

ROOT = os.path.dirname(os.path.abspath(__file__))
ENV = os.path.join(ROOT, ".venv")
DONE = os.path.join(ENV, "made_from.json")
LOG = os.path.join(ENV, "setup.log")
PYTHON = os.path.join(ENV, *BIN)

PROBE = """
import json, sys
print("%d %d" % sys.version_info[:2])
print(json.dumps(sys.executable))
import ensurepip, venv
print("can make an environment")
"""
OFFLINE = re.compile(
    r"No matching distribution|Max retries exceeded|Temporary failure"
    r"|NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError"
)
# JupyterLab asks each new user whether it may fetch news: the course fetches nothing.
# nbgrader adds menus and buttons: its formgrader is a page of its own.
NOT_SHOWN = ["@jupyterlab/apputils-extension:announcements"]
NOT_SHOWN += ["@jupyter/nbgrader", "@jupyter-notebook/lab-extension"]


class Trouble(Exception):
    """What stands in the way, and what to do about it, in a sentence."""


def probe(name):
    """Return a Python's version, path, and fitness to make .venv; None if it is none.

    That a name exists says little: pyenv has names that stand for nothing.
    """
    try:
        with open(os.devnull, "wb") as nowhere:
            process = subprocess.Popen(
                [name, "-c", PROBE], stdout=subprocess.PIPE, stderr=nowhere
            )
            lines = process.communicate()[0].decode("ascii", "replace").splitlines()
    except OSError:
        return None
    if len(lines) < 2:
        return None
    version = [int(number) for number in lines[0].split()]
    return version, json.loads(lines[1]), len(lines) > 2


def find_python(wanted):
    """Return the version and the path of the Python that is to make .venv."""
    found = [one for one in map(probe, [wanted] if wanted else NAMES) if one]
    new_enough = [one for one in found if one[0] >= OLDEST]
    for version, path, fit in new_enough:
        if fit:
            return version, path
    if new_enough:
        (major, minor), path, _ = new_enough[0]
        raise Trouble(
            "{} has no venv module: install it (on Debian or Ubuntu: sudo apt install "
            "python{}.{}-venv), then run the same command again.".format(
                path, major, minor
            )
        )
    if wanted and not found:
        raise Trouble("{} does not run: name another PYTHON.".format(wanted))
    seen = sorted({"{}.{} ({})".format(v[0], v[1], path) for v, path, _ in found})
    raise Trouble(
        "The course needs Python {}.{} or newer, and here is {}: install one from "
        "python.org, or name one that you have: {}".format(
            OLDEST[0],
            OLDEST[1],
            "only " + ", ".join(seen) if seen else "none",
            ANOTHER,
        )
    )


def fingerprint():
    """Return what stands for the contents of the files that .venv is made from."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(ROOT, name), "rb") as source:
            digest.update(source.read())
    return digest.hexdigest()


def read_done():
    """Return what .venv was made from; nothing if it is missing, half made or moved."""
    try:
        with io.open(DONE, encoding="ascii") as source:
            done = json.load(source)
    except (OSError, IOError, ValueError):
        return {}
    return done if done.get("root") == ROOT and os.path.exists(PYTHON) else {}


def run(command):
    """Run a command, its words into the log; return whether it succeeded.

    Of pip's words, say how far it is: in a terminal, by a number that grows.
    """
    found, terminal = 0, sys.stdout.isatty()
    with open(LOG, "ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(os.environ, PIP_USER="0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for line in iter(process.stdout.readline, b""):
            log.write(line)
            if line.startswith((b"Collecting ", b"Processing ")):
                found += 1
                if terminal:
                    print("\r  fetching packages: {}".format(found), end="")
            elif line.startswith(b"Installing collected packages: "):
                count = line.count(b",") + 1
                print("\n" if terminal else "", end="")
                long = ": a minute or two" if count > 50 else ""
                print("  installing {} packages{}".format(count, long))
            sys.stdout.flush()
    return process.wait() == 0


def make_environment(python):
    """Make an empty .venv, in the place of one that may be there."""
    try:
        command = [python, "-m", "venv", "--clear", ENV]
        subprocess.check_output(command, stderr=subprocess.STDOUT)
    except subprocess.CalledProcessError as error:
        words = error.output.decode("utf-8", "replace").split("\n")
        last = [line for line in words if line.strip()][-1:]
        raise Trouble("{} could not make .venv: {}".format(python, " ".join(last)))


def install(extras, version):
    """Install the packages, or say what the matter is."""
    what = ".[{}]".format(",".join(extras)) if extras else "."
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    pip += ["--progress-bar", "off", "-c", "constraints.txt", "-e", what]
    jupyter = [PYTHON, "-m", "jupyter", "labextension", "disable"]
    jupyter += NOT_SHOWN
    if os.path.exists(LOG):
        os.remove(LOG)
    if run(pip):
        name_the_folder(version)
        if run(jupyter):
            return
    with open(LOG, "rb") as source:
        words = source.read().decode("utf-8", "replace")
    if OFFLINE.search(words):
        raise Trouble(
            "The packages could not be fetched: check the network (if there is a "
            "proxy, https_proxy must name it), then run the same command again. "
            "What pip said is in .venv/setup.log."
        )
    lines = [line for line in words.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("ERROR")] or lines or ["nothing"]
    age = ""
    if version > NEWEST:
        age = " Python {}.{} may be too new: name an older one, {}".format(
            version[0], version[1], ANOTHER
        )
    raise Trouble(
        "The packages could not be installed: {} (the rest is in .venv/setup.log).{}"
        "".format(said[-1], age)
    )


def name_the_folder(version):
    """Tell .venv by a relative path where wslib is.

    pip has written the whole path, in UTF-8. Before Python 3.13 it is read as whatever
    letters the machine is set to, and on Windows an ü in it would be two others.
    """
    folder = os.path.join(ENV, *[part.format(*version) for part in LIB])
    with io.open(os.path.join(folder, "wslib.pth"), "wb") as target:
        target.write(os.path.relpath(ROOT, folder).encode("ascii"))


def set_up(wanted, extra):
    """Bring .venv to where it should be."""
    done, python = read_done(), ""
    version = done.get("version")
    if wanted or not done:
        found, python = find_python(wanted)
        if found != version:
            done, version = {}, found
    extras = sorted(set(done.get("extras", [])) | set(extra.split()))
    made_from = {"root": ROOT, "files": fingerprint()}
    made_from.update(version=version, extras=extras)
    if done == made_from:
        return
    if done:
        print("Adding to .venv what this needs: a minute.")
    else:
        words = "Setting up .venv with Python {}.{}: a few minutes, and some 90 MB."
        print(words.format(*version))
    sys.stdout.flush()
    if not done:
        make_environment(python)
    install(extras, version)
    with io.open(DONE, "w", encoding="ascii") as target:
        json.dump(made_from, target)


def main():
    """Set up, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extra", nargs="?", default="", help="test or dev")
    parser.add_argument("--python", default="", help="the Python that makes .venv")
    options = parser.parse_args()
    try:
        set_up(options.python, options.extra)
    except Trouble as trouble:
        print("\n{}\n".format(trouble), file=sys.stderr)
    except (OSError, IOError) as error:
        print("\n.venv could not be made: {}\n".format(error), file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped. The same command starts again.", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
