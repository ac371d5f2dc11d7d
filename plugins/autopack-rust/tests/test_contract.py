"""What every plugin must keep."""

import autopack_rust

from autopack.testing import contract_for

FILES = {
    "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n[workspace.dependencies]\nitoa = "1"\n',
    "Cargo.lock": 'version = 4\n[[package]]\nname = "itoa"\nversion = "1.0.0"\nsource = "registry"\n',
    "crates/a/Cargo.toml": '[package]\nname = "a"\n[dependencies]\nitoa.workspace = true\n',
    "crates/a/src/lib.rs": "#[test]\nfn works() {}\n",
    ".config/nextest.toml": "",
}

TestContract = contract_for(autopack_rust, files=FILES)
