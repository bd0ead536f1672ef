"""Pictures one can step through: Python traces, JavaScript draws.

Each widget has a pure trace function (`trace_graph`), a class that shows it (`GraphStepper`), and a module in
`static/` that indexes the trace and draws. This package needs anywidget; the rest of the course does not.
"""

from .activation_explorer import ActivationExplorer as ActivationExplorer
from .backward_debugger import BackwardDebugger as BackwardDebugger
from .break_it import BreakIt as BreakIt
from .chained_arrows import ChainedArrows as ChainedArrows
from .decision_boundary import DecisionBoundary as DecisionBoundary
from .depth_explorer import DepthExplorer as DepthExplorer
from .descent_explorer import DescentExplorer as DescentExplorer
from .difference_microscope import DifferenceMicroscope as DifferenceMicroscope
from .distribution_bars import DistributionBars as DistributionBars
from .dropout_sampler import DropoutSampler as DropoutSampler
from .framework_steppers import EdfStepper as EdfStepper
from .framework_steppers import TracerStepper as TracerStepper
from .granularity_switch import GranularitySwitch as GranularitySwitch
from .graph_stepper import GraphStepper as GraphStepper
from .graph_stepper import TapeStepper as TapeStepper
from .jacobian_builder import JacobianBuilder as JacobianBuilder
from .line_fitter import LineFitter as LineFitter
from .logit_fitter import LogitFitter as LogitFitter
from .network_lab import NetworkLab as NetworkLab
from .path_highlighter import PathHighlighter as PathHighlighter
from .perceptron_stepper import PerceptronStepper as PerceptronStepper
from .pictures import picture as picture
from .product_counter import ProductCounter as ProductCounter
from .quiz import Quiz as Quiz
from .quiz import quiz as quiz
from .quiz import quiz_to_dict as quiz_to_dict
from .stop_line import StopLine as StopLine
from .symptom_board import SymptomBoard as SymptomBoard
from .trace_activation import trace_activation as trace_activation
from .trace_arrows import trace_arrows as trace_arrows
from .trace_backward import trace_backward as trace_backward
from .trace_boundary import trace_training as trace_training
from .trace_cuts import trace_cuts as trace_cuts
from .trace_depth import trace_depth as trace_depth
from .trace_descent import trace_map as trace_map
from .trace_descent import trace_run as trace_run
from .trace_differences import trace_differences as trace_differences
from .trace_distributions import trace_distributions as trace_distributions
from .trace_dropout import trace_dropout as trace_dropout
from .trace_edf import trace_edf as trace_edf
from .trace_graph import graph_to_dict as graph_to_dict
from .trace_graph import trace_graph as trace_graph
from .trace_jacobian import trace_chain as trace_chain
from .trace_jacobian import trace_jacobian as trace_jacobian
from .trace_line import trace_line as trace_line
from .trace_logit import trace_logit as trace_logit
from .trace_network import trace_network as trace_network
from .trace_paths import trace_paths as trace_paths
from .trace_perceptron import trace_perceptron as trace_perceptron
from .trace_products import trace_products as trace_products
from .trace_stopping import trace_stopping as trace_stopping
from .trace_symptoms import trace_symptoms as trace_symptoms
from .trace_tape import trace_tape as trace_tape
from .trace_tracer import trace_tracer as trace_tracer
from .trace_zigzag import trace_zigzag as trace_zigzag
from .zigzag import ZigZag as ZigZag

__all__ = [
    "ActivationExplorer",
    "BackwardDebugger",
    "BreakIt",
    "ChainedArrows",
    "DecisionBoundary",
    "DepthExplorer",
    "DescentExplorer",
    "DifferenceMicroscope",
    "DistributionBars",
    "DropoutSampler",
    "EdfStepper",
    "GranularitySwitch",
    "GraphStepper",
    "JacobianBuilder",
    "LineFitter",
    "LogitFitter",
    "NetworkLab",
    "PathHighlighter",
    "PerceptronStepper",
    "ProductCounter",
    "Quiz",
    "StopLine",
    "SymptomBoard",
    "TapeStepper",
    "TracerStepper",
    "ZigZag",
    "graph_to_dict",
    "picture",
    "quiz",
    "quiz_to_dict",
    "trace_activation",
    "trace_arrows",
    "trace_backward",
    "trace_chain",
    "trace_cuts",
    "trace_depth",
    "trace_differences",
    "trace_distributions",
    "trace_dropout",
    "trace_edf",
    "trace_graph",
    "trace_jacobian",
    "trace_line",
    "trace_logit",
    "trace_map",
    "trace_network",
    "trace_paths",
    "trace_perceptron",
    "trace_products",
    "trace_run",
    "trace_stopping",
    "trace_symptoms",
    "trace_tape",
    "trace_tracer",
    "trace_training",
    "trace_zigzag",
]
