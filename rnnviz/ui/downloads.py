"""A chart taken along: its numbers as CSV, its picture as SVG or PNG, all made in the reader's browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import streamlit as st

_MARKUP = """
<span>Download</span>
<button type="button" value="csv">CSV</button>
<button type="button" value="svg">SVG</button>
<button type="button" value="png">PNG</button>
<span role="status"></span>
"""
_STYLE = """
:host, div { font: 0.875rem var(--st-font); color: var(--st-text-color) }
span { opacity: 0.75; margin-right: 0.4rem }
button { font: inherit; color: inherit; background: transparent; cursor: pointer; margin-right: 0.3rem;
  border: 1px solid var(--st-border-color); border-radius: 0.4rem; padding: 0.15rem 0.6rem }
button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color) }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px }
"""
_SCRIPT = """
const SVG = "http://www.w3.org/2000/svg"

function frame(width, height) {
  const svg = document.createElementNS(SVG, "svg")
  const ground = document.createElementNS(SVG, "rect")
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` }))
    svg.setAttribute(name, value)
  for (const [name, value] of Object.entries({ width, height, fill: getComputedStyle(document.body)
    .getPropertyValue("--st-background-color") || "#ffffff" })) ground.setAttribute(name, value)
  svg.append(ground)
  return svg
}

function fromPlot(plot) {
  const { width, height } = plot.getBoundingClientRect()
  const svg = frame(width, height)
  for (const layer of plot.querySelectorAll(".main-svg"))
    for (const child of layer.cloneNode(true).childNodes) svg.append(child.cloneNode(true))
  return svg
}

function fromTable(table) {
  const { width, height } = table.getBoundingClientRect()
  const svg = frame(width, height)
  const hold = document.createElementNS(SVG, "foreignObject")
  hold.setAttribute("width", width)
  hold.setAttribute("height", height)
  const copy = table.cloneNode(true)
  const from = [table, ...table.querySelectorAll("*")]
  const to = [copy, ...copy.querySelectorAll("*")]
  const names = ["color", "background-color", "font-family", "font-size", "font-weight", "text-align",
    "border-radius", "border-spacing", "box-sizing", "height", "width", "padding", "table-layout", "outline"]
  to.forEach((node, i) => {
    const style = getComputedStyle(from[i])
    for (const name of names) node.style.setProperty(name, style.getPropertyValue(name))
  })
  hold.append(copy)
  svg.append(hold)
  return svg
}

function picture(key) {
  const chart = document.querySelector(`.st-key-${key}`)
  const plot = chart?.querySelector(".js-plotly-plot")
  if (plot?.querySelector(".gl-container canvas")) return null
  const table = chart?.querySelector("table")
  return plot ? fromPlot(plot) : table ? fromTable(table) : null
}

function save(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10000)
}

function savePng(svg, name) {
  const image = new Image()
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")]
  image.onload = () => {
    const canvas = document.createElement("canvas")
    canvas.width = 2 * width
    canvas.height = 2 * height
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height)
    canvas.toBlob((blob) => save(blob, name))
  }
  const text = new XMLSerializer().serializeToString(svg)
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text)
}

export default function ({ parentElement, data }) {
  const said = parentElement.querySelector("[role=status]")
  for (const button of parentElement.querySelectorAll("button"))
    button.onclick = () => {
      const name = `rnnviz-${data.key}.${button.value}`
      if (button.value === "csv") return save(new Blob([data.csv], { type: "text/csv" }), name)
      const svg = picture(data.key)
      said.textContent = svg ? "" : "This view has no picture to save; the map has one."
      if (!svg) return
      const text = new XMLSerializer().serializeToString(svg)
      if (button.value === "svg") save(new Blob([text], { type: "image/svg+xml" }), name)
      else savePng(svg, name)
    }
}
"""


def as_csv(table: Mapping[str, Sequence]) -> str:
    """Return columns of numbers as CSV with every digit.

    Examples
    --------
    >>> as_csv({"lag": [0, 1], "share": [1.0, 0.1]})
    'lag,share\\r\\n0,1.0\\r\\n1,0.1\\r\\n'
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(table)
    rows.writerows(zip(*(_plain(values) for values in table.values()), strict=True))
    return text.getvalue()


def _plain(values: Sequence) -> list:
    return values.tolist() if hasattr(values, "tolist") else list(values)


def downloads(key: str, table: Mapping[str, Sequence]) -> None:
    """Draw the buttons that save the chart called ``key`` and its numbers."""
    buttons = st.components.v2.component("rnnviz_downloads", html=_MARKUP, css=_STYLE, js=_SCRIPT)
    buttons(key=f"{key}.downloads", data={"key": key, "csv": as_csv(table)})
