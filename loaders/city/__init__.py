"""City models: CityJSON."""
