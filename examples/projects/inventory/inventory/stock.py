"""What is in the store, and how it changes."""


class OutOfStock(Exception):
    """More was taken than there is."""


class Stock:
    """Amounts by article."""

    def __init__(self):
        self._amounts = {}

    def add(self, article, amount):
        """Put some of an article into the store."""
        if amount <= 0:
            raise ValueError("the amount must be positive")
        self._amounts[article] = self.amount(article) + amount

    def take(self, article, amount):
        """Take some of an article out of the store."""
        if amount <= 0:
            raise ValueError("the amount must be positive")
        if amount > self.amount(article):
            raise OutOfStock(f"only {self.amount(article)} of {article!r} left")
        self._amounts[article] -= amount

    def amount(self, article):
        """How much of an article there is."""
        return self._amounts.get(article, 0)

    def articles(self):
        """All articles that were ever stored, sorted."""
        return sorted(self._amounts)
