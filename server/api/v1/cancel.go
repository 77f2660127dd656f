package v1

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// cancelledView is what a cancelled message's recipients are, in numbers.
type cancelledView struct {
	Stopped int `json:"stopped" example:"97" doc:"已拦下、不会再发的人数"`
	Gone    int `json:"gone" example:"3" doc:"取消前已经交给微信的人数"`
	InHand  int `json:"inHand" example:"0" doc:"正在发送、不一定拦得下的人数；稍后再调用一次可以看到结果"`
}

func (a *API) registerCancel() {
	op := operation("cancel-message", http.MethodPost, "/messages/{id}/cancel", tagSend, "取消还没有发出的部分", http.StatusNotFound)
	op.Description = wordsCancel
	huma.Register(a.huma, op, func(ctx context.Context, in *MessageID) (*answer[cancelledView], error) {
		c, err := a.o.Push.Cancel(ctx, caller(ctx).ID, in.ID)
		if err != nil {
			return nil, a.problem(err)
		}
		return &answer[cancelledView]{cancelledView{c.Stopped, c.Gone, c.InHand}}, nil
	})
}
