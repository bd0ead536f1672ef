# %% [markdown]
# # MY01 · Rows of length one

# %%
import numpy as np

from autograder import check

# %% [markdown] tags=["MY01.W1"]
# ## MY01.W1 · What does scaling to length one do to a gradient?
#
# $Y_i = X_i / \lVert X_i \rVert$, row by row.

# %% [markdown] tags=["MY01.E01"]
# ### Exercise MY01.E01: back through the length


# %% nbgrader={"grade": false, "grade_id": "MY01-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["MY01.E01"]
def unit_rows_backward(dY, X):
    """Gradient for X (N, d), given dY (N, d), where each row of Y is that of X divided by its length."""
    ### BEGIN SOLUTION
    length = np.sqrt((X**2).sum(axis=1, keepdims=True))
    return dY / length - X * (dY * X).sum(axis=1, keepdims=True) / length**3
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "MY01-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["MY01.E01"]
check("MY01.E01")

# %% [markdown] tags=["MY01.R1"]
# ### Reflection MY01.R1: along the row
#
# Why has the gradient no part along its own row?

# %% [markdown] nbgrader={"grade": true, "grade_id": "MY01-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["MY01.R1"]
# YOUR ANSWER HERE
