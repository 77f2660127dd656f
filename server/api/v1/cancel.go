package v1

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type cancelInput struct {
	ID int64 `path:"id" doc:"消息编号或发送记录编号"`
}

type cancelledView struct {
	Stopped int `json:"stopped" doc:"已拦下、不会再发的人数"`
	Gone    int `json:"gone" doc:"取消前已经交给微信的人数"`
	InHand  int `json:"inHand" doc:"正在发送、不一定拦得下的人数；稍后再调用一次可以看到结果"`
}

func (a *API) registerCancel() {
	op := operation("cancel-message", http.MethodPost, "/messages/{id}/cancel", tagSend, "取消还没有发出的部分")
	op.Description = wordsCancel
	op.Errors = append(op.Errors, http.StatusNotFound)
	huma.Register(a.huma, op, func(ctx context.Context, in *cancelInput) (*struct{ Body cancelledView }, error) {
		c, err := a.o.Push.Cancel(ctx, caller(ctx).ID, in.ID)
		if err != nil {
			return nil, a.problem(err)
		}
		return &struct{ Body cancelledView }{cancelledView{c.Stopped, c.Gone, c.InHand}}, nil
	})
}
