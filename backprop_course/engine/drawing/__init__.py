"""Drawing graphs: `layout` places boxes, `text` writes numbers and formulas, `svg` makes the picture."""
