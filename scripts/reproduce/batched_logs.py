"""What the logs of Multi_Tile_TikiTaka (Jimenez Gallo & del Alamo) hold.

784-256-128-10 on MNIST to 97 %, 60,000 samples an epoch: logs/epochs_to_reach_97_v*.csv,
times_v*.csv and total_energy_summary_v1.csv. Units are not stated: times fit us, with pulses of
5 ns in three layers, energies pJ.
"""

TRAINS = (2, 5, 10, 31, 100)
REPLICAS = (1, 4, 8, 16, 32)
SAMPLES = 60_000
#: By version and replicas: epochs, and time in 1e6, over TRAINS.
LOGS = {
    (1, 1): ((101, 67, 45, 34, 26), (6.606, 4.565, 3.270, 3.023, 3.998)),
    (1, 4): ((106, 62, 50, 35, 27), (1.964, 1.321, 1.293, 1.570, 2.890)),
    (1, 8): ((94, 66, 53, 36, 26), (0.973, 0.864, 0.935, 1.319, 2.570)),
    (1, 16): ((100, 66, 51, 36, 28), (0.640, 0.604, 0.699, 1.177, 2.656)),
    (1, 32): ((99, 66, 50, 38, 28), (0.439, 0.474, 0.587, 1.167, 2.601)),
    (2, 1): ((101, 67, 45, 34, 26), (6.606, 4.565, 3.270, 3.023, 3.998)),
    (2, 4): ((151, 86, 64, 43, 31), (2.542, 1.511, 1.200, 1.013, 1.215)),
    (2, 8): ((246, 115, 79, 49, 36), (2.138, 1.044, 0.765, 0.594, 0.719)),
    (2, 16): ((340, 143, 96, 56, 43), (1.572, 0.691, 0.494, 0.359, 0.445)),
    (2, 32): ((535, 192, 107, 69, 49), (1.380, 0.518, 0.308, 0.243, 0.271)),
}
#: Time of a sample in us, fitted to them: reads, a slot of the trains, and what is not shared.
READS, SLOT, REST = 1.06, 0.0152, 0.01
#: Slots: epochs as logged, and analog energy of all epochs, one replica.
ENERGIES = {
    2: (101, 792246342060.922),
    5: (67, 1184531591244.374),
    10: (45, 1533247379492.49),
    31: (34, 3396394108427.826),
    100: (26, 8557607447706.771),
}
#: pJ of a sample that are not F, B or U.
TRANSFERS = 133
