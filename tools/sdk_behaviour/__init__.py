"""What the two SDKs do with streams that are not as they should be, against what the findings say of it."""
