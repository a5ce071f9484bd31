"""How it works: one picture on its way through VGG16, from its pixels to its nearest pictures."""

import streamlit as st

from core.ui.how_it_works import (
    blocks,
    changes,
    chosen_picture,
    distance,
    first_layer,
    layer_table,
    look_into,
    network_input,
    papers,
    vector,
)
from core.ui.library import open_gallery

st.title("How it works")
st.write(
    "Lookalike does not compare pixels. It shows a picture to VGG16, a network that has learnt "
    "from a million photographs, and compares what the network makes of it. Here you can watch "
    "it work, on a picture of your own."
)
snapshot = open_gallery()
query = chosen_picture(snapshot)
found = look_into(query, snapshot)

st.header("1. What the network gets")
network_input(found, query)

st.header("2. The first layer: 64 filters")
st.write(
    "Each filter slides over the picture and answers where it finds its own small pattern: an edge "
    "in one direction, a spot, a colour. Its answers are a **map**. Click a filter to see it large."
)
first_layer(found)

st.header("3. Block after block")
st.write(
    "Each block looks at the maps of the one before, finds larger patterns, and then halves the "
    "size. The network was told which of a thousand names each photograph has, and found out by "
    "itself which patterns tell them apart. Click a map to see where it is active."
)
blocks(found, snapshot)

st.header("4. From maps to a feature")
vector(found, snapshot)

st.header("5. The distance, number by number")
st.write("Pick one of the nearest pictures to see what brings the two together, and what apart.")
distance(query, found, snapshot)

st.header("6. Change the picture")
st.write("Which changes does the network see through, and which lead it elsewhere? Move a slider.")
changes(query, found, snapshot)

st.header("Sizes and sources")
layer_table()
papers()
