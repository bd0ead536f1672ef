"""The quizzes of NB05."""

from __future__ import annotations

import math

from .questions import Choice, Numeric, Question, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB05.Q1": (
        Choice(
            "A label is 0 or 1. Which distribution describes it?",
            (
                wrong(
                    "a normal distribution around ŷ",
                    "It gives densities to numbers that never occur, such as 0.37.",
                ),
                wrong(
                    "a uniform distribution on 0 and 1",
                    "That is one fixed coin, ½ and ½. Nothing could be learnt from features.",
                ),
                right(
                    "a Bernoulli distribution with the probability ŷ of 1",
                    "Two outcomes, one number: ŷ for 1 and 1 − ŷ for 0.",
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
                wrong("u itself", "A weighted sum can be −3 or 7, which is no probability."),
                right("the sigmoid of u", "Its values lie between 0 and 1 for every u."),
                wrong("relu(u) = max(u, 0)", "It is never negative, but it has no upper bound."),
                wrong("tanh(u)", "Its values lie between −1 and 1. Half of them are no probabilities."),
                right(
                    "1 − σ(u)", "It lies between 0 and 1 too. It is σ(−u): the weights have the other sign."
                ),
            ),
        ),
        Choice(
            "Why is there a minus sign in −log p?",
            (
                wrong(
                    "because gradient descent steps against the gradient",
                    "It does, for any loss. The sign in the loss is there before anything is differentiated.",
                ),
                right(
                    "log p is 0 or less, and a loss shall be 0 or more and fall when p rises",
                    "Maximising the likelihood becomes minimising a loss.",
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
                wrong("it goes to 0", "That is at the other end, p = 1."),
                wrong("it goes to 1", "A squared error would: (0 − 1)² = 1. The logarithm has no bound."),
                wrong("it goes to minus infinity", "log p does. The loss has the other sign."),
                right("it grows without limit", "Each halving of p adds log 2, and it never ends."),
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
                wrong("the probability of that word", "Of that probability the logarithm is taken."),
                right("minus the logarithm of ŷ of that word", "All other terms are multiplied by 0."),
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
                wrong("that of the even one", "What the other words get is multiplied by 0 in the sum."),
                wrong("that of the other one", "It may look worse, but this one word cannot tell."),
                right("neither: they are equal", "Only the probability of the word that came enters."),
            ),
        ),
        Numeric(
            "The label y is one-hot, and CE(y, ŷ) is 1.2. How large is the divergence KL(y, ŷ)?",
            1.2,
            why="CE = H + KL, and a distribution that is certain has the entropy H = 0.",
            wrong={
                0: "KL is 0 only where ŷ = y. Then CE would be 0 too.",
                -1.2: "A divergence is never negative: CE = H + KL, not H − KL.",
            },
            otherwise="Which of the three quantities is 0 for a one-hot label?",
        ),
    ),
}
