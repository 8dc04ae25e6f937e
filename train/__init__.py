"""The workstation side: trains, converts and evaluates the model that edge/ runs."""
