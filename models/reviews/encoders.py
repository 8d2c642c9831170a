"""What turns texts into vectors of length 1, whose products tell how near two texts are in meaning."""

import json
import shutil

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.extmath import randomized_svd


class LatentSemantic:
    """Latent semantic analysis: beginnings, middles and ends of words that occur in the same texts come to lie near each other."""

    def __init__(self, vocabulary, idf, components):
        self.components = components
        self.vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, vocabulary=vocabulary)
        self.vectorizer.idf_ = idf

    @classmethod
    def fit(cls, texts, dimensions, seed):
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
        counted = vectorizer.fit_transform(texts)
        _, _, components = randomized_svd(counted, n_components=min(dimensions, min(counted.shape) - 1), n_iter=7, random_state=seed)
        return cls(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_, components)

    def encode(self, texts):
        return unit(self.vectorizer.transform(texts) @ self.components.T)

    def save(self, folder):
        (folder / "vocabulary.json").write_text(json.dumps(list(self.vectorizer.vocabulary)), encoding="utf-8")
        np.savez(folder / "latent-semantic.npz", idf=self.vectorizer.idf_, components=self.components)

    @classmethod
    def load(cls, folder):
        with np.load(folder / "latent-semantic.npz") as saved:
            return cls(json.loads((folder / "vocabulary.json").read_text(encoding="utf-8")), saved["idf"], saved["components"])


class SentenceBert:
    """Published weights of Sentence-BERT, such as all-MiniLM-L6-v2; needs the package sentence-transformers."""

    def __init__(self, folder):
        from sentence_transformers import SentenceTransformer  # not there when the reviews' own encoder is used

        self.folder = folder
        self.model = SentenceTransformer(str(folder))

    def encode(self, texts):
        return self.model.encode(texts, normalize_embeddings=True)

    def save(self, folder):
        shutil.copytree(self.folder, folder / "sentence-bert")


def unit(vectors):
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


def load(folder):
    """The encoder that was saved with the vectors."""
    return SentenceBert(folder / "sentence-bert") if (folder / "sentence-bert").exists() else LatentSemantic.load(folder)
