"""The builder `payload`: applies the code that a plan carries.  No model, no process, no network."""

from __future__ import annotations

from collections.abc import Sequence

from autopack import hookimpl
from autopack.model.attempt import Builder
from autopack.model.specs import BuilderSpec


@hookimpl
def builders() -> Sequence[BuilderSpec]:
    """Offer `payload`."""
    return (
        BuilderSpec(
            name="payload",
            factory=_make,
            summary="applies the code that the plan carries; no model, same plan, same tree",
            carried=True,
            network="none",
        ),
    )


def _make(words: str) -> Builder:
    """`words` have no meaning for this builder."""
    from autopack_builder_payload.build import PayloadBuilder

    return PayloadBuilder()
