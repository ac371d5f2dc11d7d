"""Plugin packages from templates: new ones for authors, and the boilerplate of our own."""
