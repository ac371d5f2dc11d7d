"""Names of distributions: how they compare, and which one brings a module of another name."""

from __future__ import annotations

import re

# Modules whose distribution has another name.  Only well-known ones: a guessed name could install a stranger's package.
_DISTRIBUTIONS = {
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "Crypto": ("pycryptodome",),
    "cv2": ("opencv-python", "opencv-python-headless"),
    "dateutil": ("python-dateutil",),
    "distutils": ("setuptools",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "git": ("GitPython",),
    "jwt": ("PyJWT",),
    "magic": ("python-magic",),
    "MySQLdb": ("mysqlclient",),
    "OpenSSL": ("pyOpenSSL",),
    "PIL": ("Pillow",),
    "pkg_resources": ("setuptools",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "yaml": ("PyYAML",),
    "zmq": ("pyzmq",),
}


def normalise(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions_of(module: str) -> tuple[str, ...]:
    """The distributions that may bring a top-level module, the likeliest first; its own name when no other is known."""
    return _DISTRIBUTIONS.get(module, (module,))


def is_known(module: str) -> bool:
    """Whether the module's distribution is known by heart rather than taken to have the same name."""
    return module in _DISTRIBUTIONS
