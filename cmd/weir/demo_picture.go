package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

const (
	pictureWidth  = 320
	pictureHeight = 200
)

// picture draws water that falls over a crest, in a hue and with waves of the
// seed's own, and returns it as PNG.
func picture(seed int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	for x := range pictureWidth {
		crest := 80 + 14*math.Sin(float64(x)/30+float64(seed)) + 6*math.Sin(float64(x)/11*float64(seed))
		for y := range pictureHeight {
			img.SetRGBA(x, y, shade(seed, float64(y)-crest, float64(x)))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic("BUG: a drawn image has no PNG: " + err.Error())
	}
	return b.Bytes()
}

// shade is the colour at depth below the crest; above it is sky.
func shade(seed int, depth, x float64) color.RGBA {
	if depth < 0 {
		return color.RGBA{R: 226, G: 236, B: uint8(240 + seed%15), A: 255}
	}
	foam := math.Max(0, 1-depth/40) * (0.6 + 0.4*math.Sin(x/3+float64(seed)))
	mix := func(base float64) uint8 { return uint8(base + (250-base)*foam) }
	return color.RGBA{
		R: mix(20 + float64(seed*37%60)),
		G: mix(90 + float64(seed*53%50) - depth/3),
		B: mix(150 + float64(seed*71%50) - depth/4),
		A: 255,
	}
}
