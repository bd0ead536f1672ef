"""Derivatives of functions: short programs over the two walks, and numerical ones to hold them to."""

from .gradcheck import gradient_check as gradient_check
from .jacobian import hessian as hessian
from .jacobian import jacobian as jacobian
from .numerical import numerical_gradient as numerical_gradient
from .numerical import numerical_jacobian as numerical_jacobian
from .transforms import elementwise_grad as elementwise_grad
from .transforms import grad as grad
from .transforms import hvp as hvp
from .transforms import jvp as jvp
from .transforms import value_and_grad as value_and_grad
from .transforms import vjp as vjp
