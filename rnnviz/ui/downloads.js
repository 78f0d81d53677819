// A chart's picture and numbers, saved by the reader's own browser.
const SVG = "http://www.w3.org/2000/svg"

function frame(width, height) {
  const page = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor
  const svg = element("svg", { width, height, viewBox: `0 0 ${width} ${height}` })
  svg.append(element("rect", { width, height, fill: page }))
  return svg
}

function element(name, values, text) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value)
  if (text) made.textContent = text
  return made
}

function addLegend(svg, legend, width, height) {
  const ink = getComputedStyle(document.querySelector("[data-testid=stApp]")).color
  const dashes = { dashed: "6 4", dotted: "2 3" }
  legend.forEach(({ name, colour, line, width: wide, opacity }, i) => {
    const y = height + 12 + 20 * i
    const stroke = { x1: 20, x2: 46, y1: y, y2: y, stroke: colour, opacity }
    const text = { y: y + 4, "font-size": 13, "font-family": "sans-serif" }
    if (line.length === 1) svg.append(element("text", { ...text, x: 27, fill: colour, opacity }, line))
    else svg.append(element("line", { ...stroke, "stroke-width": line === "area" ? 10 : wide,
      "stroke-dasharray": dashes[line] || "" }))
    svg.append(element("text", { ...text, x: 54, fill: ink }, name))
  })
}

function fromPlot(plot, legend) {
  const { width, height } = plot.getBoundingClientRect()
  const svg = frame(width, height + 20 * legend.length + (legend.length ? 8 : 0))
  for (const layer of plot.querySelectorAll(".main-svg"))
    for (const child of layer.cloneNode(true).childNodes) svg.append(child.cloneNode(true))
  addLegend(svg, legend, width, height)
  return svg
}

function fromLight(plot, legend) {
  const [width, height] = ["width", "height"].map((name) => Number(plot.getAttribute(name)))
  const svg = frame(width, height + 20 * legend.length + (legend.length ? 8 : 0))
  svg.append(plot.cloneNode(true))
  addLegend(svg, legend, width, height)
  return svg
}

function fromTable(table) {
  const { width, height } = table.getBoundingClientRect()
  const svg = frame(width, height)
  const hold = element("foreignObject", { width, height })
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

async function fromDrawing(image) {
  const text = await (await fetch(image.src)).text()
  const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement
  const [width, height] = [drawing.getAttribute("width"), drawing.getAttribute("height")]
  const svg = frame(width, height)
  svg.append(drawing)
  return svg
}

async function picture({ key, legend }) {
  const chart = document.querySelector(`.st-key-${key}`)
  const plot = chart?.querySelector(".js-plotly-plot")
  if (plot?.querySelector(".gl-container canvas")) return null
  const light = chart?.querySelector("svg.rnnviz-plot")
  if (light) return fromLight(light, legend)
  const [image, table] = ["img", "table"].map((name) => chart?.querySelector(name))
  return plot ? fromPlot(plot, legend) : image ? fromDrawing(image) : table ? fromTable(table) : null
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
    button.onclick = async () => {
      const name = `rnnviz-${data.key}.${button.value}`
      if (button.value === "csv") return save(new Blob([data.csv], { type: "text/csv" }), name)
      const svg = await picture(data)
      said.textContent = svg ? "" : "This view has no picture to save; the map has one."
      if (!svg) return
      const text = new XMLSerializer().serializeToString(svg)
      if (button.value === "svg") save(new Blob([text], { type: "image/svg+xml" }), name)
      else savePng(svg, name)
    }
}
