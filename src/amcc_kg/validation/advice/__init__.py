"""Words that help with a finding: hints, explanations, shapes told as sentences, slips in shapes."""
