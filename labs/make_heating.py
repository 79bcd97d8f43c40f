"""Makes labs/heating.csv: the daily heating energy of made-up houses, from a formula with noise. python3 make_heating.py"""
import csv
import math
import random

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
LOSS = {"poor": 2.2, "medium": 1.3, "good": 0.7}  # W of heat lost for each m2 of floor and degree


def energy(outside, wind, sun, area, insulation, day, chance):
    """kWh a day. Losses grow with the difference to the inside, and with the wind in a leaky house; sun and people help."""
    inside = 20.5 if day in ("Sat", "Sun") else 19.5
    leak = 1 + 0.035 * wind * LOSS[insulation]
    lost = LOSS[insulation] * area * max(0, inside - outside) * leak * 24 / 1000
    gained = 0.012 * area * sun + 4
    return max(0, lost - gained) * math.exp(chance.gauss(0, 0.05)) + abs(chance.gauss(0, 0.8))


def main():
    chance = random.Random(2024)
    with open("heating.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["outside_c", "wind_m_s", "sun_kwh_m2", "area_m2", "insulation", "weekday", "energy_kwh"])
        for i in range(2000):
            season = math.cos(2 * math.pi * chance.random())
            outside = round(9 - 9 * season + chance.gauss(0, 3), 1)
            wind = round(min(15, chance.expovariate(1 / 3.0)), 1)
            sun = round(max(0.1, (2.6 - 2.0 * season) * chance.uniform(0.3, 1.1)), 2)
            area = round(chance.uniform(50, 200))
            insulation = chance.choice(list(LOSS))
            day = DAYS[i % 7]
            kwh = energy(outside, wind, sun, area, insulation, day, chance)
            rows.writerow([outside, wind, sun, area, insulation, day, round(kwh, 1)])


if __name__ == "__main__":
    main()
