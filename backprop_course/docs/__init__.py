"""Sources of the documentation: ``python -m sphinx -W --keep-going -b html backprop_course/docs site``.

`conf` holds the settings. What pages ask for and Sphinx does not have stands in `names`, `errors_page`,
`source_lines` and `mathml`.
"""
