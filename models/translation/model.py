"""English to German with CTranslate2 and SentencePiece. What it can say is what it was trained on."""

import csv
import io
import re
import time
from typing import TypedDict

import ctranslate2
import sentencepiece


class Request(TypedDict):
    text: str


class Model:
    def load(self, model_dir):
        self.source = sentencepiece.SentencePieceProcessor(model_file=str(model_dir / "source.spm"))
        self.target = sentencepiece.SentencePieceProcessor(model_file=str(model_dir / "target.spm"))
        self.translator = ctranslate2.Translator(str(model_dir), device="auto")

    def predict(self, input: str | Request):
        return self.predict_batch([input])[0]

    def predict_batch(self, inputs):
        """Text for text, `{"text": ...}` for `{"translation": ...}`; sentence by sentence, those of all inputs together."""
        texts = [each["text"] if isinstance(each, dict) else each for each in inputs]
        sentences = [re.split(r"(?<=[.!?])\s+", text.strip()) for text in texts]
        pieces = [self.source.encode(sentence, out_type=str) for text in sentences for sentence in text]
        results = iter(self.translator.translate_batch(pieces, beam_size=1, max_decoding_length=128))
        translations = [" ".join(self.target.decode(next(results).hypotheses[0]) for _ in text) for text in sentences]
        return [{"translation": each} if isinstance(given, dict) else each for given, each in zip(inputs, translations, strict=True)]

    def fit(self, ctx, epochs: int = 30, batch_size: int = 32, rate: float = 0.003, vocabulary: int = 400, seed: int = 7):
        import transformer  # what training needs is not loaded to serve

        phrases = read(ctx.channels["train"])
        english, german = zip(*phrases, strict=True)
        source = train_pieces(ctx.model_dir / "source.spm", english, vocabulary)
        target = train_pieces(ctx.model_dir / "target.spm", german, vocabulary)
        pairs = [(source.encode(here, add_eos=True), target.encode(there, add_bos=True, add_eos=True)) for here, there in phrases]
        started = time.monotonic()

        def report(epoch, loss):
            if epoch % 10 == 9 or epoch == epochs - 1:
                print(f"epoch {epoch + 1} of {epochs}: loss {loss:.3f}, {time.monotonic() - started:.0f} s", flush=True)

        sizes = (source.get_piece_size(), target.get_piece_size())
        weights = transformer.train(pairs, sizes, epochs=epochs, batch_size=batch_size, rate=rate, seed=seed, on_epoch=report)
        transformer.save(weights, [[side.id_to_piece(number) for number in range(len(side))] for side in (source, target)], ctx.model_dir)
        self.load(ctx.model_dir)
        ctx.metric("accuracy", self.share_right(phrases))
        if "eval" in ctx.channels:
            ctx.metric("eval_accuracy", self.share_right(read(ctx.channels["eval"])))

    def share_right(self, phrases):
        answers = self.predict_batch([english for english, _ in phrases])
        return sum(answer == german for answer, (_, german) in zip(answers, phrases, strict=True)) / len(phrases)


def read(channel):
    with open(channel / "phrases.tsv", newline="", encoding="utf-8") as file:
        return [(row["english"], row["german"]) for row in csv.DictReader(file, delimiter="\t")]


def train_pieces(path, lines, vocabulary):
    """Trains the pieces that sentences of one language are cut into, at most `vocabulary`; 0, 1 and 2 are padding, start and end of a sentence."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=written,
        vocab_size=vocabulary,
        hard_vocab_limit=False,
        character_coverage=1.0,
        pad_id=0,
        pad_piece="<blank>",
        bos_id=1,
        eos_id=2,
        unk_id=3,
        num_threads=1,
        minloglevel=2,
    )
    path.write_bytes(written.getvalue())
    return sentencepiece.SentencePieceProcessor(model_file=str(path))
