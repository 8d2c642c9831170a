"""Speech to text by OpenAI's Whisper, from published weights (faster-whisper, CTranslate2), answered in the form of the small one."""

import io

from faster_whisper import WhisperModel
from slipway_kit import InvalidInput

WEIGHTS = "Systran/faster-whisper-large-v3"  # on Hugging Face; any model of faster-whisper will do


class Model:
    def load(self, model_dir):
        """Weights come from the model data when it has them, else from Hugging Face."""
        given = str(model_dir) if (model_dir / "model.bin").exists() else WEIGHTS
        self.whisper = WhisperModel(given, device="auto", compute_type="default")

    def predict(self, input: bytes):
        try:
            parts, about = self.whisper.transcribe(io.BytesIO(input), vad_filter=True)
        except (ValueError, OSError) as error:  # of PyAV, for what is no audio
            raise InvalidInput(f"the audio cannot be read: {error}") from error
        segments = [{"start": round(each.start, 2), "end": round(each.end, 2), "text": each.text.strip()} for each in parts]
        return {
            "text": " ".join(each["text"] for each in segments),
            "language": about.language,
            "duration": round(about.duration, 2),
            "segments": segments,
        }
