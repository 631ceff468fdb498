"""From features back to spectra and signals: librosa.feature.inverse on any array library."""

from ..transforms.inverse import mel_to_audio, mel_to_stft, mfcc_to_audio, mfcc_to_mel

__all__ = ["mel_to_audio", "mel_to_stft", "mfcc_to_audio", "mfcc_to_mel"]
