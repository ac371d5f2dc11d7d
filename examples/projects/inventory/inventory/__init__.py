"""Keeps track of stock."""

from inventory.stock import OutOfStock, Stock

__all__ = ["OutOfStock", "Stock"]
