"""Reports for people."""


def render_report(stock):
    """One line an article: amount and name."""
    return "\n".join(f"{stock.amount(article):5} {article}" for article in stock.articles())
