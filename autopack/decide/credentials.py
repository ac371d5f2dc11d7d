"""Which files hold credentials, by what they are called and, where the name does not tell, by what is in them."""

from __future__ import annotations

import re
from fnmatch import translate

_SECRET_FILES = (
    "credentials", "credentials.*", ".credentials*", "application_default_credentials.json", "auth.json", "token", "tokens",
    "token.json", "tokens.json", "secrets.json", "secrets.toml", "secrets.y*ml", ".netrc", "_netrc", ".npmrc", ".yarnrc",
    ".yarnrc.yml", ".pypirc", ".git-credentials", ".dockercfg", ".pgpass", ".my.cnf", ".boto", ".s3cfg", ".vault-token", ".env",
    ".env.*", "*.tfvars", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.p12", "*.pfx", "*.keystore", "*.kdbx", ".gemrc",
    "kubeconfig",
)  # fmt: skip
# Code and templates are called like that as well.
_HARMLESS_ENDINGS = (".py", ".pyc", ".js", ".ts", ".rb", ".go", ".rs", ".h", ".md", ".example", ".sample", ".template", ".dist")
# These hold a secret only if the expression is found in them.
_SECRET_CONTENT = (
    (re.compile(translate("*.pem")), re.compile(rb"PRIVATE KEY")),
    (re.compile(translate("*.key")), re.compile(rb"PRIVATE KEY")),
    (re.compile(translate("id_*")), re.compile(rb"PRIVATE KEY")),
    (re.compile(translate("npmrc")), re.compile(rb"_auth|_password")),
    # A password inside an address: of a package index, of the remote of a checkout.
    (re.compile(translate("pip.conf")), re.compile(rb"://[^/\s]{1,400}@")),
    (re.compile(translate("config")), re.compile(rb"://[^/\s]{1,400}@")),
)
# Large, and written by installers.
BULK_FOLDERS = frozenset(
    [
        "lib", "lib64", "include", "share", "man", "doc", "docs", "src", "test", "tests", "node_modules", "site-packages", "pkgs",
        ".git",
    ]
)  # fmt: skip
# One expression each: they are asked for thousands of names.
_IS_SECRET = re.compile("|".join(map(translate, _SECRET_FILES)))
_MAY_BE_SECRET = re.compile("|".join(name.pattern for name, _ in _SECRET_CONTENT))


def is_secret_name(name: str) -> bool:
    """Whether a file of this name holds credentials, whatever it contains."""
    return _IS_SECRET.match(name) is not None and not name.endswith(_HARMLESS_ENDINGS)


def may_be_secret(name: str) -> bool:
    """Whether it is worth looking into a file of this name."""
    return (_IS_SECRET.match(name) or _MAY_BE_SECRET.match(name)) is not None and not name.endswith(_HARMLESS_ENDINGS)


def holds_secret(name: str, content: bytes) -> bool:
    """Whether a file of this name and content holds credentials."""
    return any(pattern.match(name) and secret.search(content) for pattern, secret in _SECRET_CONTENT)
