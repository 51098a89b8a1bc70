"""Ledgers -> counted figures, and the sentences that print them."""

from bzmodel.models.figures.answer import count_figures
from bzmodel.models.figures.summary import annual_summary
from bzmodel.models.figures.texts import texts_from

__all__ = ["annual_summary", "count_figures", "texts_from"]
