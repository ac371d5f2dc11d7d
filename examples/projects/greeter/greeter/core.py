"""The greeting itself."""


def greet(name: str) -> str:
    """A friendly line for one person."""
    name = name.strip()
    if not name:
        raise ValueError("a name is needed")
    return f"Hello, {name}!"
