package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hongyan/oa"
)

// metrics is what /metrics shows. Labels are of small, fixed sets; no id, name
// or path of a request ever becomes one.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	calls    *prometheus.HistogramVec
	handled  *prometheus.HistogramVec
	quotas   *prometheus.GaugeVec
	paid     *prometheus.HistogramVec
}

func newMetrics() *metrics {
	buckets := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 4.5, 10}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: histogram("hongyan_http_seconds", "Requests answered, by face and HTTP status.", "face", "code"),
		calls:    histogram("hongyan_wechat_call_seconds", "Calls to WeChat, by path and errcode.", "path", "errcode"),
		handled:  histogram("hongyan_event_seconds", "WeChat events handled, by kind and outcome.", "kind", "outcome"),
		paid:     histogram("hongyan_pay_seconds", "Calls to WeChat Pay and its notices, by what and outcome.", "what", "outcome"),
		quotas: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "hongyan_wechat_quota", Help: "Template sends of the day as WeChat reports them.",
		}, []string{"what"}),
	}
	m.registry.MustRegister(m.requests, m.calls, m.handled, m.quotas, m.paid,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// watch adds the gauges that are read when somebody looks.
func (m *metrics) watch(n *node) {
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	counter := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	counter("hongyan_store_updates_total", "Transactions asked for.", func() float64 { return float64(n.db.Stats().Updates) })
	counter("hongyan_store_commits_total", "Commits made for them.", func() float64 { return float64(n.db.Stats().Commits) })
	gauge("hongyan_deliveries_in_flight", "Cards under way to WeChat.", func() float64 { return float64(n.push.Stats().Deliveries.InFlight) })
	gauge("hongyan_deliveries_limit", "Cards that may be under way at once.", func() float64 { return float64(n.push.Stats().Deliveries.Limit) })
	gauge("hongyan_callbacks_in_flight", "Callbacks under way to developers.", func() float64 { return float64(n.push.Stats().Callbacks.InFlight) })
}

// face measures one HTTP face.
func (m *metrics) face(name string, next http.Handler) http.Handler {
	observe := m.requests.MustCurryWith(prometheus.Labels{"face": name})
	return promhttp.InstrumentHandlerDuration(observe, next)
}

// wechatCall is the observer of the client in oa.
func (m *metrics) wechatCall(path string, code int, took time.Duration) {
	m.calls.WithLabelValues(path, errcode(code)).Observe(took.Seconds())
}

// payCall is the observer of billing/wechatpay.
func (m *metrics) payCall(what, outcome string, took time.Duration) {
	m.paid.WithLabelValues(what, outcome).Observe(took.Seconds())
}

// errcode is a label for the codes that are documented; the rest, of which
// there is no end, is "other".
func errcode(code int) string {
	switch {
	case code == oa.CodeNetwork:
		return "network"
	case code == 0 || oa.Remedy(code) != "":
		return strconv.Itoa(code)
	}
	return "other"
}

func (m *metrics) quota(limit, left int64) {
	m.quotas.WithLabelValues("limit").Set(float64(limit))
	m.quotas.WithLabelValues("left").Set(float64(left))
}

// events measures the handling of WeChat's events.
func (m *metrics) events(handle func(context.Context, oa.Event) (oa.Reply, error)) func(context.Context, oa.Event) (oa.Reply, error) {
	return func(ctx context.Context, ev oa.Event) (oa.Reply, error) {
		began := time.Now()
		reply, err := handle(ctx, ev)
		outcome := "ok"
		if err != nil {
			outcome = "failed"
		}
		m.handled.WithLabelValues(kindOf(ev), outcome).Observe(time.Since(began).Seconds())
		return reply, err
	}
}

// kindOf names an event for a label; what WeChat may send one day is "other".
func kindOf(ev oa.Event) string {
	switch ev.(type) {
	case *oa.Subscribe:
		return "subscribe"
	case *oa.Unsubscribe:
		return "unsubscribe"
	case *oa.Scan:
		return "scan"
	case *oa.Click:
		return "click"
	case *oa.Text:
		return "text"
	case *oa.TemplateFinished:
		return "finish"
	}
	return "other"
}
