"""Where programs that a user installs for themselves live, and which of it they need to run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolHome:
    """The folder of one version manager or language.

    `path` is below HOME unless absolute; `parts` (globs allowed) are what its programs need of it, "" being all.
    `links` are globs of links inside it that may lead to tools elsewhere.  `variable` names the folder when the user moved it;
    `told` says that programs look for the folder below HOME and have to be told when HOME is another.
    With `marker` inside, the folder is a whole installation instead, and all of it is needed.
    """

    path: str
    parts: tuple[str, ...] = ("",)
    links: tuple[str, ...] = ()
    variable: str = ""
    told: bool = True
    marker: str = ""


# A home that is also a cache or holds credentials (cargo, go, bun, deno) gives its programs only.
TOOL_HOMES = (
    ToolHome(path=".pyenv", links=("versions/*",), variable="PYENV_ROOT"),
    ToolHome(path=".rbenv", links=("versions/*",), variable="RBENV_ROOT"),
    ToolHome(path=".nodenv", links=("versions/*",), variable="NODENV_ROOT"),
    ToolHome(path=".goenv", links=("versions/*",), variable="GOENV_ROOT"),
    ToolHome(path=".jenv", links=("versions/*",), variable="JENV_ROOT"),
    ToolHome(path=".phpenv", links=("versions/*",), variable="PHPENV_ROOT"),
    ToolHome(path=".plenv", links=("versions/*",), variable="PLENV_ROOT"),
    ToolHome(path=".rvm", variable="rvm_path"),
    ToolHome(path=".nvm", variable="NVM_DIR"),
    ToolHome(path=".volta", parts=("bin", "tools", "hooks.json", "volta-*", "layout.*"), variable="VOLTA_HOME"),
    ToolHome(path=".asdf", links=("installs/*/*",), variable="ASDF_DATA_DIR"),
    ToolHome(path=".tool-versions"),
    # What `pip install --user` put there.
    ToolHome(path=".local", parts=("lib/python*/site-packages",), variable="PYTHONUSERBASE"),
    ToolHome(path=".local/share/fnm", parts=("aliases", "node-versions"), variable="FNM_DIR"),
    ToolHome(path=".fnm", parts=("aliases", "node-versions", "fnm")),
    ToolHome(path=".local/share/mise", parts=("installs", "plugins", "shims"), links=("installs/*/*",), variable="MISE_DATA_DIR"),
    ToolHome(path=".local/share/uv/python", links=("*",), variable="UV_PYTHON_INSTALL_DIR"),
    ToolHome(path=".sdkman", parts=("bin", "candidates", "src"), links=("candidates/*/*",), variable="SDKMAN_DIR"),
    ToolHome(path=".cargo", parts=("bin",), variable="CARGO_HOME", told=False),
    # rustup wants all of its folders to be there, even the empty ones.
    ToolHome(path=".rustup", links=("toolchains/*",), variable="RUSTUP_HOME"),
    ToolHome(path="go", parts=("bin",), variable="GOPATH", told=False, marker="VERSION"),
    ToolHome(path=".bun", parts=("bin", "install/global"), variable="BUN_INSTALL", told=False),
    ToolHome(path=".deno", parts=("bin",), variable="DENO_INSTALL_ROOT", told=False),
    ToolHome(path=".dotnet", variable="DOTNET_ROOT"),
    ToolHome(path=".ghcup", parts=("bin", "ghc", "hls")),
    ToolHome(path=".elan", links=("toolchains/*",), variable="ELAN_HOME"),
    ToolHome(path=".juliaup", parts=("bin",), told=False),
    *(ToolHome(path=name) for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge", ".conda/envs")),
    ToolHome(path="/home/linuxbrew/.linuxbrew", variable="HOMEBREW_PREFIX", told=False),
)

# Variables that name one tool's folder: who sets them wants the tool found there.
TOOL_VARIABLES = (
    "ANDROID_HOME", "ANDROID_NDK_HOME", "ANDROID_SDK_ROOT", "ANT_HOME", "ASDF_DIR", "FLUTTER_ROOT", "GEM_HOME", "GOROOT",
    "GRAALVM_HOME", "GRADLE_HOME", "JAVA_HOME", "JDK_HOME", "M2_HOME", "MAVEN_HOME", "SCALA_HOME",
)  # fmt: skip
# Likewise, but they speak of the caller's session: a run has environments of its own.
SESSION_VARIABLES = ("CONDA_PREFIX", "CONDA_ROOT", "FNM_MULTISHELL_PATH", "NVM_BIN", "N_PREFIX", "PNPM_HOME", "VIRTUAL_ENV")

# A program's folder of one of these names stands inside the root of its tool.
PROGRAM_FOLDERS = frozenset(["bin", "sbin", "shims", "condabin"])
# Folders of HOME that many programs and much else share, so never one tool's root.
SHARED_FOLDERS = frozenset(
    [
        ".local", ".local/share", ".local/lib", ".local/state", ".local/opt", ".config", ".cache", ".var", "Desktop", "Documents",
        "Downloads", "Library", "Library/Application Support", "snap",
    ]
)  # fmt: skip
# Nothing at or below a folder of one of these names is ever shown.
SECRET_FOLDERS = frozenset(
    [
        ".ssh", ".aws", ".azure", ".gnupg", ".docker", ".kube", ".password-store", ".mozilla", ".thunderbird", ".m2", "keyrings",
        "Keychains",
    ]
)  # fmt: skip
# Settings, tokens included; only trees of installed packages may be shown from there.
CONFIG_FOLDERS = frozenset([".config", ".claude", ".codex", ".gemini"])
PACKAGE_TREES = frozenset(["node_modules", "vendor"])
# What stands in a person's home and in no tool's root.
HOME_MARKERS = frozenset(
    [".ssh", ".gnupg", ".aws", ".kube", ".docker", ".config", ".bashrc", ".profile", ".bash_history", ".zshrc"]
)
