"""The only door: files in, declared tables out; whatever is wrong is a finding, and nothing is mended in silence."""
