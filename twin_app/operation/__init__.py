"""City operation (一网统管): events, who handles them and in what time; knows neither Qt nor VTK."""
