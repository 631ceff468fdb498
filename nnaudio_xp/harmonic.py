def f0_harmonics(*a, **k):
    raise NotImplementedError


def interp_harmonics(*a, **k):
    raise NotImplementedError
