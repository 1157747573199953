package main

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// A product is one thing the shop sells.
type product struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Text  string `json:"text"`
	Cents int    `json:"cents"`

	picture func() []byte // PNG; drawn when first asked for
}

// Price is the price as people write it.
func (p product) Price() string {
	return strconv.Itoa(p.Cents/100) + "." + strconv.Itoa(p.Cents%100/10) + strconv.Itoa(p.Cents%10)
}

// products is the whole catalogue, in the order of the identifiers 1, 2, ….
func products() []product {
	list := []product{
		{Name: "Sluice gate", Text: "Oak, two hand wheels, fits channels up to 80 cm.", Cents: 24900},
		{Name: "Stilling basin", Text: "Takes the energy out of whatever comes down.", Cents: 89950},
		{Name: "Fish ladder", Text: "Eleven pools, one direction, no queue.", Cents: 132000},
		{Name: "Gauge board", Text: "Enamel, centimetres, legible from the bridge.", Cents: 3905},
		{Name: "Trash rack", Text: "Keeps branches where branches belong.", Cents: 17500},
		{Name: "Flashboard", Text: "Raises the crest for a dry season.", Cents: 5420},
	}
	for i := range list {
		list[i].ID = i + 1
		list[i].picture = sync.OnceValue(func() []byte { return picture(i + 1) })
	}
	return list
}

// find returns the product with the identifier that is written in id.
func (s *shop) find(id string) (product, bool) {
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 || n > len(s.stock) {
		return product{}, false
	}
	return s.stock[n-1], true
}

// What the shop lets caches do with what it sends: prices and stock are checked
// behind the clients' backs, pages hold for a minute and pictures for an hour.
const (
	shortLived = "max-age=2, stale-while-revalidate=30"
	pageLived  = "max-age=60"
	longLived  = "max-age=3600"
)

// tag names what a response is made of, for whoever changes it and then purges.
func tag(w http.ResponseWriter, list ...product) {
	tags := "catalogue"
	for _, p := range list {
		tags += " product-" + strconv.Itoa(p.ID)
	}
	w.Header().Set("Surrogate-Key", tags)
}

func (s *shop) page(w http.ResponseWriter, _ *http.Request) {
	s.render(w, "All products", s.stock)
}

func (s *shop) productPage(w http.ResponseWriter, r *http.Request) {
	p, ok := s.find(r.PathValue("id"))
	if !ok {
		http.Error(w, "no such product", http.StatusNotFound)
		return
	}
	s.render(w, p.Name, []product{p})
}

func (s *shop) render(w http.ResponseWriter, title string, list []product) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", pageLived)
	tag(w, list...)
	shopPage.Execute(w, map[string]any{"Title": title, "Products": list, "Replica": s.name})
}

func (s *shop) productsJSON(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", shortLived)
	tag(w, s.stock...)
	s.writeJSON(w, http.StatusOK, map[string]any{"replica": s.name, "products": s.stock})
}

func (s *shop) productJSON(w http.ResponseWriter, r *http.Request) {
	p, ok := s.find(r.PathValue("id"))
	if !ok {
		s.writeJSON(w, http.StatusNotFound, map[string]any{"replica": s.name, "error": "no such product"})
		return
	}
	w.Header().Set("Cache-Control", shortLived)
	tag(w, p)
	s.writeJSON(w, http.StatusOK, map[string]any{"replica": s.name, "product": p})
}

// basket is for one client alone.
func (s *shop) basket(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "private")
	s.writeJSON(w, http.StatusOK, map[string]any{"replica": s.name, "basket": []product{}})
}

func (s *shop) writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func (s *shop) image(w http.ResponseWriter, r *http.Request) {
	id, isPNG := strings.CutSuffix(r.PathValue("file"), ".png")
	p, ok := s.find(id)
	if !ok || !isPNG {
		http.Error(w, "no such picture", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", longLived)
	tag(w, p)
	png := p.picture()
	w.Header().Set("Content-Length", strconv.Itoa(len(png)))
	w.Write(png)
}

// shopPage is parsed once; it is not modified after that.
var shopPage = template.Must(template.New("shop").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}} · weir demo</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #16323f }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1.5rem }
img { width: 100%; border-radius: .5rem }
a { color: inherit }
footer { margin-top: 2rem; color: #567 }
</style>
<h1><a href="/">{{.Title}}</a></h1>
<main>
{{range .Products}}<article>
<a href="/products/{{.ID}}"><img src="/images/{{.ID}}.png" alt="" width="320" height="200"></a>
<h2>{{.Name}}</h2>
<p>{{.Text}}</p>
<p><strong>€ {{.Price}}</strong></p>
</article>
{{end}}</main>
<footer>Answered by replica {{.Replica}}</footer>
</html>
`))
