"""Plans builds and turns archives into packages on the build node."""
