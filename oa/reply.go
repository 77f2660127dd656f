package oa

import (
	"strconv"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/message"
)

// Reply is a passive answer to one event. It costs no quota and needs no
// token, but must be written within WeChat's five seconds.
type Reply interface {
	// kind is the MsgType, and nodes what follows the common head. An empty
	// kind means that there is nothing worth saying.
	kind() string
	nodes(toMessage bool) []node
}

// TextReply is a text, line breaks and links included. It is cut at 2048
// bytes, the most WeChat shows.
type TextReply struct{ Content string }

// ImageReply is an uploaded picture.
type ImageReply struct{ MediaID string }

// VoiceReply is an uploaded recording.
type VoiceReply struct{ MediaID string }

// VideoReply is an uploaded video.
type VideoReply struct{ MediaID, Title, Description string }

// MusicReply is a link to music; only ThumbMediaID is required.
type MusicReply struct{ Title, Description, URL, HQURL, ThumbMediaID string }

// NewsReply is a list of articles: at most 8, and only the first is sent in
// answer to a message.
type NewsReply struct{ Articles []Article }

// Article is one entry of a [NewsReply].
type Article struct{ Title, Description, PicURL, URL string }

// TransferReply hands the chat to customer service, to Account if given.
type TransferReply struct{ Account string }

// Bounds of a reply.
const (
	maxReplyText = 2048 // bytes
	maxArticles  = 8
)

func (r TextReply) kind() string {
	if r.Content == "" {
		return ""
	}
	return string(message.MsgTypeText)
}

func (r TextReply) nodes(bool) []node {
	return []node{leaf("Content", CutText(r.Content))}
}

func (r ImageReply) kind() string { return string(message.MsgTypeImage) }

func (r ImageReply) nodes(bool) []node {
	return []node{branch("Image", leaf("MediaId", r.MediaID))}
}

func (r VoiceReply) kind() string { return string(message.MsgTypeVoice) }

func (r VoiceReply) nodes(bool) []node {
	return []node{branch("Voice", leaf("MediaId", r.MediaID))}
}

func (r VideoReply) kind() string { return string(message.MsgTypeVideo) }

func (r VideoReply) nodes(bool) []node {
	return []node{branch("Video", leaf("MediaId", r.MediaID),
		leaf("Title", r.Title), leaf("Description", r.Description))}
}

func (r MusicReply) kind() string { return string(message.MsgTypeMusic) }

func (r MusicReply) nodes(bool) []node {
	return []node{branch("Music", leaf("Title", r.Title), leaf("Description", r.Description),
		leaf("MusicUrl", r.URL), leaf("HQMusicUrl", r.HQURL), leaf("ThumbMediaId", r.ThumbMediaID))}
}

func (r NewsReply) kind() string {
	if len(r.Articles) == 0 {
		return ""
	}
	return string(message.MsgTypeNews)
}

func (r NewsReply) nodes(toMessage bool) []node {
	articles := r.Articles[:min(len(r.Articles), maxArticles)]
	if toMessage {
		articles = articles[:1]
	}
	list := branch("Articles")
	for _, a := range articles {
		list.kids = append(list.kids, branch("item", leaf("Title", a.Title),
			leaf("Description", a.Description), leaf("PicUrl", a.PicURL), leaf("Url", a.URL)))
	}
	return []node{leaf("ArticleCount", strconv.Itoa(len(articles))), list}
}

func (r TransferReply) kind() string { return string(message.MsgTypeTransfer) }

func (r TransferReply) nodes(bool) []node {
	if r.Account == "" {
		return nil
	}
	return []node{branch("TransInfo", leaf("KfAccount", r.Account))}
}

// answer is the document that carries reply back to the sender of h, nil when
// there is nothing to say.
func answer(reply Reply, h *Head, now time.Time, asJSON bool) ([]byte, error) {
	if reply == nil || reply.kind() == "" {
		return nil, nil
	}
	doc := branch("xml",
		leaf("ToUserName", h.OpenID), leaf("FromUserName", h.To),
		leaf("CreateTime", strconv.FormatInt(now.Unix(), 10)), leaf("MsgType", reply.kind()))
	doc.kids = append(doc.kids, reply.nodes(message.MsgType(h.Type) != message.MsgTypeEvent)...)
	return doc.render(asJSON)
}
