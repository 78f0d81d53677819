"""The yardstick of ``benchmarks/app.py``: a Streamlit page with one slider and one small chart, no more."""

import plotly.graph_objects as go
import streamlit as st

st.title("Bare page")
power = st.slider("Power", 1, 64, 3)
numbers = list(range(1, 11))
figure = go.Figure(go.Scatter(x=numbers, y=[number**power for number in numbers]))
st.plotly_chart(figure, key="chart")
