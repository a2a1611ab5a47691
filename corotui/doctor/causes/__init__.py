"""One module for each family of causes; each check reads the evidence and yields the findings that it proves.

Fnn in the docstrings is the number of the fault in the catalogue of faults."""
