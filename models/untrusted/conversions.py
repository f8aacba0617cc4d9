"""Weights files that cannot be read: what they are, and the two lines of Python that convert them."""

from language.translation import N_

KERAS = N_('run import numpy as np; np.savez("weights.npz", *model.get_weights()) and upload weights.npz')
WHOLE_MODEL = N_(
    "run import torch; "
    'torch.save(torch.load("model.pt", weights_only=False).state_dict(), "weights.pt") and upload weights.pt'
)
JOBLIB = N_(
    "it was written by joblib: run import joblib, pickle; "
    'pickle.dump(joblib.load("model.joblib"), open("model.pkl", "wb")) and upload model.pkl'
)

BY_START = {
    b"MATLAB 5.0": N_(
        "it is a MATLAB file: run from scipy.io import loadmat; import numpy as np; "
        'np.savez("weights.npz", W1=loadmat("file.mat")["W1"], …) and upload weights.npz'
    ),
    b"MATLAB 7.3": N_(
        "it is a MATLAB file: run import h5py, numpy as np; "
        'np.savez("weights.npz", W1=h5py.File("file.mat")["W1"][:].T, …) and upload weights.npz'
    ),
    b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.": N_(
        "it is in PyTorch's format before version 1.6: run import torch; "
        'torch.save(torch.load("old.pt"), "new.pt") and upload new.pt'
    ),
}
"""By the first bytes of the file."""

ZLIB = (b"x\x01", b"x^", b"x\x9c", b"x\xda")
"""The first bytes of what joblib compresses; only two bytes each, so other formats are looked for first."""

BY_MEMBER = {
    "constants.pkl": N_(
        "it is a TorchScript program: run import torch; "
        'torch.save(torch.jit.load("model.pt").state_dict(), "weights.pt") and upload weights.pt'
    ),
}
"""By the last part of the name of a member of a zip archive."""

BY_PACKAGE = {
    "sklearn": N_(
        "it holds a whole scikit-learn model: run import numpy as np; "
        'np.savez("weights.npz", *model.coefs_, *model.intercepts_) and upload weights.npz'
    ),
    "joblib": JOBLIB,
    "torch": N_(
        "it holds PyTorch tensors in a pickle of their own: run import pickle, torch; "
        'torch.save(pickle.load(open("model.pkl", "rb")), "weights.pt") and upload weights.pt'
    ),
}
"""By the package that a pickle asks for."""
