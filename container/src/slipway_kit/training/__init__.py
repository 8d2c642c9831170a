"""Training: one call of fit() with what SageMaker put under /opt/ml."""
