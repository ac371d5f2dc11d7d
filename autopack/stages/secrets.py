"""What a run must never show: the secrets of the caller's environment, and of the files that its builder is given."""

from __future__ import annotations

from autopack.decide.masking import Mask, credential_values, secret_values
from autopack.effects.paths import read_own
from autopack.model.specs import BuilderSpec
from autopack.stages.setup import Context

_LIMIT_BYTES = 1_000_000


def find_mask(context: Context, spec: BuilderSpec) -> Mask:
    """A mask for all secret values that are known when a run starts or goes on."""
    files = [context.home / name for name in spec.credentials]
    texts = [read_own(path, _LIMIT_BYTES) or "" for path in files if path.is_file()]
    return Mask.of((*secret_values(context.environ), *(value for text in texts for value in credential_values(text))))
