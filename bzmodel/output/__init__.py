"""Output shows and never computes: files, charts, pages and documents from what models hand back."""
