# The public names and where each lives. Type checkers read this file as the package's stub, and
# the package reads it to import lazily: it is the one list.
from nnaudio_xp import (
    backends as backends,
    beat as beat,
    compat as compat,
    core as core,
    decompose as decompose,
    display as display,
    effects as effects,
    feature as feature,
    filters as filters,
    segment as segment,
    onset as onset,
    sequence as sequence,
    util as util,
    wavelets as wavelets,
)
from nnaudio_xp.audio import (
    get_duration as get_duration,
    get_samplerate as get_samplerate,
    load as load,
    resample as resample,
    stream as stream,
    to_mono as to_mono,
    to_multi as to_multi,
    to_stereo as to_stereo,
)
from nnaudio_xp.auditory import gammatone as gammatone, gammatone_filterbank as gammatone_filterbank
from nnaudio_xp.constantq import (
    cqt as cqt,
    griffinlim_cqt as griffinlim_cqt,
    hybrid_cqt as hybrid_cqt,
    icqt as icqt,
    ivqt as ivqt,
    pseudo_cqt as pseudo_cqt,
    vqt as vqt,
    vqt_errors as vqt_errors,
    vqt_frame_bounds as vqt_frame_bounds,
)
from nnaudio_xp.errors import ParameterError as ParameterError
from nnaudio_xp.f0 import pyin as pyin, yin as yin
from nnaudio_xp.gabor import (
    insgt as insgt,
    nsgt as nsgt,
    nsgt_bounds as nsgt_bounds,
    nsgt_frequencies as nsgt_frequencies,
    nsgt_hop_length as nsgt_hop_length,
)
from nnaudio_xp.harmonic import f0_harmonics as f0_harmonics, interp_harmonics as interp_harmonics, salience as salience
from nnaudio_xp.intervals import (
    interval_frequencies as interval_frequencies,
    plimit_intervals as plimit_intervals,
    pythagorean_intervals as pythagorean_intervals,
)
from nnaudio_xp.levels import (
    amplitude_to_db as amplitude_to_db,
    db_to_amplitude as db_to_amplitude,
    db_to_power as db_to_power,
    pcen as pcen,
    power_to_db as power_to_db,
)
from nnaudio_xp.mellin import fmt as fmt
from nnaudio_xp.memory import get_pool_limit as get_pool_limit, set_pool_limit as set_pool_limit
from nnaudio_xp.native import get_native_loops as get_native_loops, set_native_loops as set_native_loops
from nnaudio_xp.notation import (
    fifths_to_note as fifths_to_note,
    hz_to_fjs as hz_to_fjs,
    hz_to_note as hz_to_note,
    interval_to_fjs as interval_to_fjs,
    key_to_degrees as key_to_degrees,
    key_to_notes as key_to_notes,
    midi_to_note as midi_to_note,
)
from nnaudio_xp.pitch import (
    cfp as cfp,
    cfp_frequencies as cfp_frequencies,
    estimate_tuning as estimate_tuning,
    piptrack as piptrack,
    pitch_tuning as pitch_tuning,
)
from nnaudio_xp.reassignment import reassigned_spectrogram as reassigned_spectrogram
from nnaudio_xp.scalogram import (
    cwt as cwt,
    cwt_cone as cwt_cone,
    cwt_frame_bounds as cwt_frame_bounds,
    cwt_frequencies as cwt_frequencies,
    cwt_scales as cwt_scales,
    icwt as icwt,
)
from nnaudio_xp.scales import (
    A4_to_tuning as A4_to_tuning,
    cqt_frequencies as cqt_frequencies,
    fft_frequencies as fft_frequencies,
    fourier_tempo_frequencies as fourier_tempo_frequencies,
    gammatone_frequencies as gammatone_frequencies,
    hz_to_mel as hz_to_mel,
    hz_to_midi as hz_to_midi,
    hz_to_octs as hz_to_octs,
    mel_frequencies as mel_frequencies,
    mel_to_hz as mel_to_hz,
    midi_to_hz as midi_to_hz,
    note_to_hz as note_to_hz,
    note_to_midi as note_to_midi,
    octs_to_hz as octs_to_hz,
    tempo_frequencies as tempo_frequencies,
    tuning_to_A4 as tuning_to_A4,
)
from nnaudio_xp.signals import (
    autocorrelate as autocorrelate,
    chirp as chirp,
    clicks as clicks,
    lpc as lpc,
    mu_compress as mu_compress,
    mu_expand as mu_expand,
    tone as tone,
)
from nnaudio_xp.semitones import iirt as iirt
from nnaudio_xp.spectrum import (
    griffinlim as griffinlim,
    istft as istft,
    magphase as magphase,
    phase_vocoder as phase_vocoder,
    spectrogram as spectrogram,
    stft as stft,
    zero_crossings as zero_crossings,
)
from nnaudio_xp.svara import (
    hz_to_svara_c as hz_to_svara_c,
    hz_to_svara_h as hz_to_svara_h,
    list_mela as list_mela,
    list_thaat as list_thaat,
    mela_to_degrees as mela_to_degrees,
    mela_to_svara as mela_to_svara,
    midi_to_svara_c as midi_to_svara_c,
    midi_to_svara_h as midi_to_svara_h,
    note_to_svara_c as note_to_svara_c,
    note_to_svara_h as note_to_svara_h,
    thaat_to_degrees as thaat_to_degrees,
)
from nnaudio_xp.synchrosqueezing import (
    extract_ridges as extract_ridges,
    issq_cwt as issq_cwt,
    issq_stft as issq_stft,
    ssq_cwt as ssq_cwt,
    ssq_stft as ssq_stft,
)
from nnaudio_xp.threads import get_num_threads as get_num_threads, set_num_threads as set_num_threads
from nnaudio_xp.times import (
    blocks_to_frames as blocks_to_frames,
    blocks_to_samples as blocks_to_samples,
    blocks_to_time as blocks_to_time,
    frames_to_samples as frames_to_samples,
    frames_to_time as frames_to_time,
    samples_like as samples_like,
    samples_to_frames as samples_to_frames,
    samples_to_time as samples_to_time,
    time_to_frames as time_to_frames,
    time_to_samples as time_to_samples,
    times_like as times_like,
)
from nnaudio_xp.weighting import (
    A_weighting as A_weighting,
    B_weighting as B_weighting,
    C_weighting as C_weighting,
    D_weighting as D_weighting,
    Z_weighting as Z_weighting,
    frequency_weighting as frequency_weighting,
    multi_frequency_weighting as multi_frequency_weighting,
    perceptual_weighting as perceptual_weighting,
)

__version__: str
