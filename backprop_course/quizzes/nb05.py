"""The quizzes of NB05."""

from __future__ import annotations

import math

from .questions import Choice, Numeric, Question, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB05.Q1": (
        Choice(
            "A label is 0 or 1. Which distribution describes it?",
            (
                right(
                    "a Bernoulli distribution with the probability ŷ of 1",
                    "Two outcomes, one number: ŷ for 1 and 1 − ŷ for 0.",
                ),
                wrong(
                    "a normal distribution around ŷ",
                    "It gives densities to numbers that never occur, such as 0.37.",
                ),
                wrong(
                    "a uniform distribution on 0 and 1",
                    "That is one fixed coin, ½ and ½. Nothing could be learnt from features.",
                ),
                wrong(
                    "none: the label is certain once it has been seen",
                    "The label of a seen example is. The model describes labels before they are seen.",
                ),
            ),
        ),
        Choice(
            "Which of these functions of the score u = wᵀx can be the probability ŷ, whatever u is? "
            "There are several.",
            (
                right("the sigmoid of u", "Its values lie between 0 and 1 for every u."),
                right(
                    "1 − σ(u)", "It lies between 0 and 1 too. It is σ(−u): the weights have the other sign."
                ),
                wrong("u itself", "A weighted sum can be −3 or 7, which is no probability."),
                wrong("relu(u) = max(u, 0)", "It is never negative, but it has no upper bound."),
                wrong("tanh(u)", "Its values lie between −1 and 1. Half of them are no probabilities."),
            ),
        ),
        Choice(
            "Why is there a minus sign in −log p?",
            (
                right(
                    "log p is 0 or less, and a loss shall be 0 or more and fall when p rises",
                    "Maximising the likelihood becomes minimising a loss.",
                ),
                wrong(
                    "because gradient descent steps against the gradient",
                    "It does, for any loss. The sign in the loss is there before anything is differentiated.",
                ),
                wrong(
                    "because the label may be 0",
                    "The label chooses the term. Both terms have the minus sign.",
                ),
                wrong(
                    "it is a habit: without it the same weights would be found",
                    "Without it a descent would make the labels that happened as improbable as possible.",
                ),
            ),
        ),
        Numeric(
            "The model gave p = 1 to what happened. How large is the loss −log p?",
            0,
            why="log 1 = 0: who was sure and right pays nothing.",
            wrong={1: "1 is the probability. The loss is minus its logarithm."},
            otherwise="Which power of e is 1?",
        ),
        Choice(
            "The model gives less and less to what happened: p goes to 0. What does the loss −log p do?",
            (
                right("it grows without limit", "Each halving of p adds log 2, and it never ends."),
                wrong("it goes to 0", "That is at the other end, p = 1."),
                wrong("it goes to 1", "A squared error would: (0 − 1)² = 1. The logarithm has no bound."),
                wrong("it goes to minus infinity", "log p does. The loss has the other sign."),
            ),
        ),
    ),
    "NB05.Q2": (
        Numeric(
            "A model gives the probability ¼ to the word that came. How large is the cross entropy of this "
            "word, in nats? (log 2 is about 0.693.)",
            math.log(4),
            why="−log ¼ = log 4 = 2 log 2.",
            wrong={
                0.25: "That is the probability of the word. The loss is minus its logarithm.",
                0.75: "That is the probability of all other words.",
                2: "Those are bits, by the logarithm to the base 2. Nats need the natural one.",
                -math.log(4): "Minus the logarithm of a number below 1 is positive.",
            },
        ),
        Choice(
            "In −Σⱼ yⱼ log ŷⱼ exactly one yⱼ is 1, and the others are 0. What is it?",
            (
                right("minus the logarithm of ŷ of that word", "All other terms are multiplied by 0."),
                wrong("the probability of that word", "Of that probability the logarithm is taken."),
                wrong("the mean of all −log ŷⱼ", "The weights are yⱼ: one of them is 1, the rest 0."),
                wrong(
                    "0, as the true distribution is certain",
                    "Its entropy is 0. The model is not certain.",
                ),
            ),
        ),
        Choice(
            "Two models give 0.5 to the word that came. One spreads the rest evenly, the other gives it all "
            "to one wrong word. Whose loss is larger for this word?",
            (
                right("neither: they are equal", "Only the probability of the word that came enters."),
                wrong("that of the even one", "What the other words get is multiplied by 0 in the sum."),
                wrong("that of the other one", "It may look worse, but this one word cannot tell."),
            ),
        ),
        Numeric(
            "Three classes with the scores z, and softmax(z) = (0.2, 0.5, 0.3). The true class is the "
            "second. What is the bar of its score, for the loss −log p₂?",
            0.5 - 1,
            why="Prediction minus label: 0.5 − 1. The negative sign says that this score should rise.",
            wrong={
                0.5: "That is the prediction. The label, 1, is to be taken off. Or is the sign turned?",
                -2: "−1/p is the bar of the probability p. The softmax still lies between it and the score.",
                0.25: "p(1 − p) is the slope of the probability. The loss still multiplies it by −1/p.",
            },
        ),
    ),
}
