import { type Theme, withBase } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import { defineComponent, h, onMounted, ref } from 'vue'

interface Drawing {
  initialize(options: object): void
  render(id: string, text: string): Promise<{ svg: string }>
}

let loading: Promise<Drawing> | undefined

/** Loads Mermaid as it is, once a page has a diagram: bundling it would take most of the build's time. */
function loadMermaid(): Promise<Drawing> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = withBase('/mermaid.min.js')
    script.onload = () => {
      const { mermaid } = window as unknown as { mermaid: Drawing }
      mermaid.initialize({ startOnLoad: false, theme: 'neutral' })
      resolve(mermaid)
    }
    script.onerror = reject
    document.head.append(script)
  })
  return loading
}

let drawn = 0

/** A diagram, drawn in the browser; where there is no script, its text is shown. */
const Mermaid = defineComponent({
  props: { code: { type: String, required: true } },
  setup({ code }) {
    const text = decodeURIComponent(code)
    const svg = ref('')
    onMounted(async () => {
      const mermaid = await loadMermaid()
      drawn += 1
      svg.value = (await mermaid.render(`diagram-${drawn}`, text)).svg
    })
    return () => (svg.value === '' ? h('pre', text) : h('div', { innerHTML: svg.value }))
  },
})

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => void app.component('Mermaid', Mermaid),
}

export default theme
