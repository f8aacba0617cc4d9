"""The names in a pickle of a whole scikit-learn MLPClassifier: an object is read as a dict of its attributes.

Its weights are the attributes coefs_ and intercepts_; the others are settings and the state of its training.
"""

from data.untrusted.restricted_pickle import Attributes, Recognized

NAMES: dict[str, Recognized] = {
    name: lambda *_: Attributes()
    for name in (
        "sklearn.neural_network._multilayer_perceptron.MLPClassifier",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.preprocessing._label.LabelBinarizer",
        "numpy.random._pickle.__randomstate_ctor",
        "numpy.random._pickle.__bit_generator_ctor",
        "numpy.random._mt19937.MT19937",
        "numpy.random.bit_generator.SeedSequence",
        "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
    )
}
"""None of these is imported or called."""
